"""What moto's SQS knows and does not tell. Each mend has a test in test/local/engines/moto-sqs.test.ts."""

from moto.core.utils import unix_time_millis
from moto.sqs.models import Queue, SQSBackend

OLDEST_ARRIVAL = "TickerlakeOldestArrival"
# From so many receives on, a message is at the back of its queue and no longer counts.
POISON_RECEIVES = 3


def _note_arrivals() -> None:
    original = Queue.add_message

    def mended(self, message):
        message.arrived_at = int(unix_time_millis())
        return original(self, message)

    Queue.add_message = mended


def _tell_oldest_arrival() -> None:
    """Behind the metric ApproximateAgeOfOldestMessage, which no attribute of SQS tells. In milliseconds of the epoch.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html:
    what was received three times does not count, and in a dead-letter queue the time counts from when it was moved there.
    """
    original = SQSBackend.get_queue_attributes

    def mended(self, queue_name, attribute_names):
        asked = [name for name in attribute_names if name != OLDEST_ARRIVAL]
        attributes = original(self, queue_name, asked)
        if len(asked) == len(attribute_names):
            return attributes
        messages = list(self.get_queue(queue_name)._messages)
        arrivals = [each.arrived_at for each in messages if each.approximate_receive_count < POISON_RECEIVES]
        return {**attributes, **({OLDEST_ARRIVAL: min(arrivals)} if arrivals else {})}

    SQSBackend.get_queue_attributes = mended


def _count_at_one_moment() -> None:
    """moto counts one state after the other: a message that changes between them stands in no count, and its queue looks empty."""
    original = SQSBackend.get_queue_attributes

    def mended(self, queue_name, attribute_names):
        attributes = original(self, queue_name, attribute_names)
        states = [(each.visible, each.delayed) for each in list(self.get_queue(queue_name)._messages)]
        counts = {
            "ApproximateNumberOfMessages": sum(visible and not delayed for visible, delayed in states),
            "ApproximateNumberOfMessagesNotVisible": sum(not visible for visible, _ in states),
            "ApproximateNumberOfMessagesDelayed": sum(delayed for _, delayed in states),
        }
        return {**attributes, **{name: count for name, count in counts.items() if name in attributes}}

    SQSBackend.get_queue_attributes = mended


def apply() -> None:
    _count_at_one_moment()
    _note_arrivals()
    _tell_oldest_arrival()

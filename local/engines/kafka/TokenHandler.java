import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerExtensionsValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the local AWS endpoint whether a client's MSK IAM token is good: POSTs the token to the address in
 * the option verifyUrl of the listener's JAAS configuration. 200 {"principal", "lifetimeMs"} is the only answer that lets a client in, as that
 * principal and until that time; any other answer, or none, refuses it.
 */
public final class TokenHandler implements AuthenticateCallbackHandler {
  private static final Logger LOG = LoggerFactory.getLogger(TokenHandler.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private URI verifyUrl;

  @Override
  public void configure(Map<String, ?> config, String mechanism, List<AppConfigurationEntry> jaas) {
    verifyUrl = URI.create((String) jaas.get(0).getOptions().get("verifyUrl"));
  }

  @Override
  public void close() {}

  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (callback instanceof OAuthBearerValidatorCallback validator) verify(validator);
      else if (callback instanceof OAuthBearerExtensionsValidatorCallback extensions)
        extensions.inputExtensions().map().keySet().forEach(extensions::valid);
      else throw new UnsupportedCallbackException(callback);
    }
  }

  private void verify(OAuthBearerValidatorCallback validator) {
    String token = validator.tokenValue();
    try {
      HttpRequest request =
          HttpRequest.newBuilder(verifyUrl)
              .timeout(PATIENCE)
              .header("content-type", "text/plain")
              .POST(HttpRequest.BodyPublishers.ofString(token))
              .build();
      HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      JsonNode answer = JSON.readTree(response.body());
      String principal = answer.path("principal").asText();
      long lifetimeMs = answer.path("lifetimeMs").asLong();
      if (response.statusCode() != 200 || principal.isEmpty() || lifetimeMs <= System.currentTimeMillis()) {
        refuse(validator, "refused (" + response.statusCode() + "): " + answer.path("message").asText());
        return;
      }
      validator.token(new VerifiedToken(token, principal, lifetimeMs, System.currentTimeMillis()));
    } catch (IOException e) {
      refuse(validator, "not verified: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      refuse(validator, "not verified: interrupted");
    }
  }

  /** The client learns only that its token is invalid; the reason stays in the broker's log. */
  private static void refuse(OAuthBearerValidatorCallback validator, String reason) {
    LOG.warn("token {}", reason);
    validator.error("invalid_token", null, null);
  }

  private record VerifiedToken(String value, String principalName, long lifetimeMs, Long startTimeMs)
      implements OAuthBearerToken {
    @Override
    public Set<String> scope() {
      return Set.of();
    }
  }
}

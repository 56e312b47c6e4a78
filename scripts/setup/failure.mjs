// What may stop a set-up, as one line that says what is wrong and what to try next.

/** An expected failure: shown without a stack trace. */
export class SetupFailure extends Error {
  /**
   * @param {string} message what is wrong
   * @param {string} fix the next thing to try
   */
  constructor(message, fix) {
    super(message);
    this.fix = fix;
  }

  toString() {
    return `error: ${this.message} — try: ${this.fix}`;
  }
}

const NETWORK =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|Temporary failure in name resolution|Unknown host|UnknownHostException|Connection refused|Connect timed out|connect timed out|Network is unreachable|No route to host|from versions: none|PluginResolutionException.*(?:Connect|Unknown|timed)/i;
const CERTIFICATE =
  /SELF_SIGNED_CERT|UNABLE_TO_(?:GET|VERIFY)|CERTIFICATE_VERIFY_FAILED|PKIX path building failed|unable to get local issuer/i;

/** Turns what an installer printed into a failure that says the next thing to try. */
export function explain(title, client, output, logFile) {
  if (/ENOSPC|No space left on device|Disk quota exceeded/i.test(output)) {
    return new SetupFailure(`${title}: the disk is full`, 'free about 1 GB, then run the same command again');
  }
  if (CERTIFICATE.test(output)) {
    return new SetupFailure(
      `${title}: ${client} does not trust the certificate it was shown (a proxy?), see ${logFile}`,
      `give ${client} your organisation's CA, then run the same command again`,
    );
  }
  if (/EINTEGRITY|DO NOT MATCH THE HASHES|checksum validation failed/i.test(output)) {
    return new SetupFailure(
      `${title}: a download differs from its locked hash, see ${logFile}`,
      `clear the cache of ${client} (or ask who runs your mirror), then run the same command again`,
    );
  }
  if (NETWORK.test(output)) {
    return new SetupFailure(
      `${title}: ${client} cannot reach its package index, see ${logFile}`,
      `check the network and the proxy or mirror settings of ${client}, then run the same command again`,
    );
  }
  if (/ETARGET|E404|No matching distribution|Could not find artifact/.test(output)) {
    return new SetupFailure(
      `${title}: the index of ${client} lacks a locked version, see ${logFile}`,
      'ask who runs your mirror to offer it, or use the public index',
    );
  }
  if (/EACCES|EPERM|EROFS|Permission denied|Read-only file system/i.test(output)) {
    return new SetupFailure(
      `${title}: ${client} may not write where it must, see ${logFile}`,
      "make the checkout and your home's caches writable, then run the same command again",
    );
  }
  return new SetupFailure(
    `${title}: ${client} failed, see ${logFile}`,
    `read the end of that file, then run the same command again`,
  );
}

/** The failure of a file operation on `path`, or the error itself where it is none of the usual. */
export function explainFileError(error, path) {
  const reason = { EACCES: 'permission denied', EPERM: 'permission denied', EROFS: 'read-only file system' }[
    error.code
  ];
  if (reason !== undefined) {
    return new SetupFailure(
      `cannot write to ${path} (${reason})`,
      `sudo chown -R "$(id -un)" '${path}', or set TICKERLAKE_HOME to a folder of your own`,
    );
  }
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new SetupFailure(`no space left for ${path}`, 'free about 1 GB, then run the same command again');
  }
  if (error.code === 'ENOTDIR' || error.code === 'EEXIST') {
    return new SetupFailure(`${path} is not a folder`, 'remove it, or set TICKERLAKE_HOME to another folder');
  }
  return error;
}

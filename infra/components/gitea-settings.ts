export interface GiteaSettings {
  /** The address of its web page and of its repositories. */
  readonly url: string;
  readonly host: string;
  /** For sessions and tokens, 43 characters of base64url each. */
  readonly secretKey: string;
  readonly internalToken: string;
  readonly jwtSecret: string;
}

/** The folder of its data, on a volume. */
export const giteaData = '/var/lib/gitea';

/**
 * `app.ini`, complete, so that Gitea never has to write to it.
 *
 * @see https://docs.gitea.com/administration/config-cheat-sheet
 */
export function giteaSettings({ url, host, secretKey, internalToken, jwtSecret }: GiteaSettings): string {
  const sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> = {
    '': { APP_NAME: 'Platform', RUN_MODE: 'prod', WORK_PATH: giteaData },
    server: {
      ROOT_URL: `${url}/`,
      DOMAIN: host,
      HTTP_PORT: 3000,
      APP_DATA_PATH: `${giteaData}/data`,
      DISABLE_SSH: true,
      OFFLINE_MODE: true,
      LFS_START_SERVER: false,
    },
    database: {
      DB_TYPE: 'sqlite3',
      PATH: `${giteaData}/data/gitea.db`,
      // readers do not wait for writers, and a crash loses nothing that was answered
      SQLITE_JOURNAL_MODE: 'WAL',
    },
    repository: {
      ROOT: `${giteaData}/git/repositories`,
      DEFAULT_PRIVATE: 'private',
      DEFAULT_BRANCH: 'main',
      // the first push of those who may make repositories makes one
      ENABLE_PUSH_CREATE_ORG: true,
    },
    security: { INSTALL_LOCK: true, SECRET_KEY: secretKey, INTERNAL_TOKEN: internalToken, MIN_PASSWORD_LENGTH: 12 },
    oauth2: { ENABLED: false, JWT_SECRET: jwtSecret },
    // what is private stays so; whether the forge answers may be asked by anybody
    service: { DISABLE_REGISTRATION: true, DEFAULT_KEEP_EMAIL_PRIVATE: true },
    openid: { ENABLE_OPENID_SIGNIN: false, ENABLE_OPENID_SIGNUP: false },
    session: { PROVIDER: 'db' },
    log: { MODE: 'console', LEVEL: 'Info' },
    mailer: { ENABLED: false },
    actions: { ENABLED: false },
    packages: { ENABLED: false },
    indexer: { REPO_INDEXER_ENABLED: false, ISSUE_INDEXER_TYPE: 'db' },
    'cron.update_checker': { ENABLED: false },
    other: { SHOW_FOOTER_VERSION: false },
    // Argo CD's own webhook is in the cluster, where Gitea calls nobody by default
    webhook: { ALLOWED_HOST_LIST: 'private' },
    // Argo CD looks for repositories on the first page alone, and leaves its size to the forge
    api: { DEFAULT_PAGING_NUM: 1000 },
    // queues on disk are looked at every two seconds when they rest, and an event goes through both of these. What waits
    // to be sent is in the database too, and what a crash within milliseconds of a push takes Argo CD finds by polling
    'queue.push_update': { TYPE: 'channel' },
    'queue.webhook_sender': { TYPE: 'channel' },
  };
  return Object.entries(sections)
    .map(([section, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${String(value)}`);
      return [...(section === '' ? [] : [`[${section}]`]), ...lines, ''].join('\n');
    })
    .join('\n');
}

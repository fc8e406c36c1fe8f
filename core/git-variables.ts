/** What Git would otherwise take over from a hook or a shell that happens to be inside another repository. */
export const gitVariables: readonly string[] = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_ASKPASS',
  'SSH_ASKPASS',
  'GIT_CONFIG_PARAMETERS',
  'GIT_TRACE_REDACT',
];

import { oneOf, readSettings, serviceUrl, SettingsError, text, wholeNumber } from '../settings';

const readers = {
  NAME: text('someone'),
  COUNT: wholeNumber(1, 10, 3),
  LEVEL: oneOf(['low', 'high'], 'low'),
  URL: serviceUrl('http://other'),
};

const problemsOf = (environment: Record<string, string>) => {
  try {
    readSettings(environment, readers);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
};

test('values are read, and defaults fill what may be missing', () => {
  expect(readSettings({ NAME: 'me', URL: 'https://other:8443/base/' }, readers)).toEqual({
    NAME: 'me',
    COUNT: 3,
    LEVEL: 'low',
    URL: 'https://other:8443/base',
  });
});

test('all problems are reported at once', () => {
  expect(problemsOf({ NAME: '', COUNT: 'many', LEVEL: 'loud' })).toEqual([
    'NAME: missing; set it, such as someone',
    'COUNT: "many" is not a whole number from 1 to 10; set one, such as 3',
    'LEVEL: "loud" is not allowed; set one of low, high',
    'URL: missing; set it, such as http://other',
  ]);
});

test.each(['0', '11', '-1', '2.5', '0x3', '1e1', ' 3', '99999999999999999999'])('%j is no number in range', (COUNT) => {
  expect(problemsOf({ NAME: 'me', URL: 'http://other', COUNT })).toEqual([
    `COUNT: "${COUNT}" is not a whole number from 1 to 10; set one, such as 3`,
  ]);
});

test('text that is no URL is shown', () => {
  expect(problemsOf({ NAME: 'me', URL: 'service-a' })).toEqual([
    'URL: "service-a" is not a URL; set one, such as http://other',
  ]);
});

test.each(['ftp://other', 'service-a:80', 'http://me:secret@other', 'http://other?x=1', 'http://other#x'])(
  '%s is refused without repeating what may hold a password',
  (URL) => {
    expect(problemsOf({ NAME: 'me', URL })).toEqual([
      'URL: only http(s)://host:port/path is allowed, with no user, query or fragment; such as http://other',
    ]);
  },
);

/**
 * Passwords of twelve characters and more that head every published list of leaked ones, lower case and without the
 * digits and signs that people put behind them. A short list kept with the program: it is no breach corpus.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `passwordpassword password123password qwertyuiop qwertyuiopasdfghjkl qwertyqwerty qwertyuiopasdf qwerty123456
  1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv q1w2e3r4t5y6 zaq12wsxcde3 qazwsxedcrfv qazwsxedc asdfghjkl zxcvbnm
  asdfghjklasdfghjkl zxcvbnmzxcvbnm asdfasdfasdf abcabcabcabc abc123abc123 abcdefghijkl abcdefghijklmnop a1b2c3d4e5f6
  iloveyou iloveyouforever iloveyousomuch iloveyoubaby ihateyou letmein letmeinplease letmeinnow trustno1 trustnoone
  administrator administrator1 adminadmin adminadminadmin admin123admin rootroot rootrootroot superadmin superuser
  changeme changemeplease changemenow changeit defaultpassword temporarypassword temppassword newpassword mypassword
  mypasswordis thisismypassword yourpassword nopassword secretpassword supersecret topsecret masterpassword
  welcome welcomehome welcometo welcomewelcome p@ssw0rd p@ssw0rdp@ssw0rd passw0rd passw0rdpassw0rd pa$$w0rd pass1234pass
  computer computercomputer internet internetinternet microsoft windows football footballfootball baseball basketball
  liverpoolfc manchesterunited chelseafc barcelona realmadrid juventus arsenalfc starwars starwarsstarwars superman
  batmanbatman spiderman pokemonpokemon dragonball dragondragon monkeymonkey princess princessprincess sunshine
  sunshinesunshine butterfly chocolate strawberry elizabeth christopher alexander jessica michaeljordan jesuschrist
  godisgood godblessyou jesuslovesme jesusislord blessedblessed hellohello hellokitty helloworld hellohellohello
  correcthorsebatterystaple correcthorse testtesttest testpassword test1234test testing123testing companyname
  summersummer winterwinter springspring autumnautumn januaryfebruary mondaymonday fuckyoufuckyou fuckyou asshole
  qwe123qwe123 zxc123zxc123 asd123asd123 123qweasdzxc 1234qwerasdf qwerasdfzxcv 123abc123abc aaaabbbbcccc
  1q2w3e4r1q2w3e4r q1w2e3r4q1w2e3r4 1qazxsw23edc !qaz2wsx#edc 1qaz!qaz2wsx@wsx samsunggalaxy iphoneiphone facebook
  facebookfacebook googlegoogle linkedin linkedinlinkedin whatever whateverwhatever nevermind whoareyou`
    .split(/\s+/)
    .filter(Boolean),
);

/** Whether it is one of them, with any digits and signs before or behind, or only digits that count or repeat. */
export function isCommon(password: string): boolean {
  const plain = password.toLowerCase();
  const bare = plain.replace(/^[\d\W_]+|[\d\W_]+$/g, '');
  if (commonPasswords.has(plain) || commonPasswords.has(bare)) return true;
  return /^\d+$/.test(plain) && counts(plain);
}

const counts = (digits: string): boolean => {
  for (const run of ['01234567890'.repeat(12), '1234567890'.repeat(13), '0987654321'.repeat(13)])
    if (run.includes(digits)) return true;
  return /^(\d{1,6})\1+\d{0,5}$/.test(digits);
};

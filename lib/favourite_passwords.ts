/**
 * Passwords of eight characters or more that stand near the top of published lists and that the
 * package's list, which is of English ones, does not have; most are of people who write Chinese, and
 * what their numbers sound like. Without those that `guessable.ts` sees by itself.
 */
export const FAVOURITES: readonly string[] = `
  woaini123 woaini1314 woaini520 woaini521 woaini5201314 woainima woaimama woaiwojia woaiwoziji
  woailaopo wozhiaini wodezuiai woxiangni jiushiaini zhendeaini aini1314 love1314 laopo520 laopo521
  5201314a 5201314qq a5201314 q5201314 aa5201314 qq5201314 5201314123 5201314520 520131400 13145200
  1314520a a1314520 qq1314520 1314520520 13145201314 52013140 52013141314 51201314 52001314
  5211314521 5841314520 5841314521 5845201314 5845211314 584131420 584131421 584201314
  7758521a a7758521 7758521521 77585210 77585211314 775852100 25257758 7215217758991
  110119120 110120119 110120130 12312300 1233211234567 123456000
  123123aa asd123123 123456ok 123456.. 3.1415926 3141592653 19491001 20080808 20100728 beijing2008
  aptx4869 asdf123456 qwer123456 hao123456 wang123456 liu123456 li123456 w123456789
  wo123456 ww123456 www123456 qq000000 qq111111 qqww1122 huang123 jiang123 zhang123 zhang520
  buzhidao wobuzhidao bugaosuni meiyoumima wodemima zhimakaimen woshishui woshishei woshizhu
  woshiniba wojiushiwo nishishui nishizhu nishiwode worinima wokaonima wocaonima caonima123
  wangjian wangjing wangyang zhangjian zhangjie zhangjun zhanglei zhanghao zhangwei
  xiaofeng xiaojian xiaolong xiaoming xiaoqiang xiazhili
  dearbook linkedin 111222tianya target123 gwerty123 zag12wsx 1g2w3e4r million2 sample123
  p@ssword p@ssw0rd1 pass@123 admin@123 admin1234 demo1234 qwerty1! qwerty123!
`.trim().split(/\s+/);

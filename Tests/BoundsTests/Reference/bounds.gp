\\ Values of the bounds, to compare with: gp -q bounds.gp > bounds.csv (PARI/GP 2.15).
\\ Other sums than the library's are used where there are any.
default(realprecision, 90);
line(name, args, value) = print(name, ",", args, ",", strprintf("%.40e", value));
\\ P[F(2k, 2n) <= g]: the k-th success comes among the first k + n - 1 trials.
cdf(k, n, g) = { my(x = k*g/(k*g + n), s = 0, t = 1);
  for(j = 0, n - 1, s += t; t *= (k + j)/(j + 1.)*(1 - x)); x^k*s }
\\ The complement: fewer than k successes before the n-th failure.
sur(k, n, g) = { my(x = k*g/(k*g + n), s = 0, t = 1);
  for(j = 0, k - 1, s += t; t *= (n + j)/(j + 1.)*x); (1 - x)^n*s }
rnd(g) = floor(g*2^20 + 1/2)/2^20;
group(m, f) = sum(i = 0, (m - 1)\3, binomial(m, i)*f^i*(1. - f)^(m - i));
hops(N, b) = log(N)/log(2)/b;
{
foreach([[1000, 4, 1/10], [100000, 4, 1/10], [100000, 4, 3/10], [10^9, 6, 1/5], [2^53, 1, 1/3]], v,
  line("forwarding", Str("nodes=", v[1], " digitBits=", v[2], " faultyFraction=", v[3]),
    (1 - v[3])^hops(v[1], v[2]));
  line("forwarding-chord", Str("nodes=", v[1], " faultyFraction=", v[3]),
    (1. - v[3])^(log(v[1])/log(2)/2));
  line("forwarding-can", Str("nodes=", v[1], " dimensions=", 4 + v[2], " faultyFraction=", v[3]),
    exp((4 + v[2])/4*v[1]^(1./(4 + v[2]))*log(1 - v[3]))));
line("forwarding-can", "nodes=1048576 dimensions=4 faultyFraction=1/10", .9^32);
foreach([[100, 10, 5], [10^5, 10^4, 4], [10^9, 10^8, 8], [2^53, 2^50, 1000]], v,
  line("forwarding-finite", Str("nodes=", v[1], " faultyNodes=", v[2], " hops=", v[3]),
    prod(i = 0, v[3] - 1, (v[1] - v[2] - i)/(v[1] - i + 0.))));
foreach([[100000, 4, 32, 1, 3/10], [100000, 4, 32, 0, 3/10], [100000, 4, 16, 1, 9/50],
    [10^9, 1, 8, 5/2, 3/4], [65536, 4, 16, 1, 1/4]], v,
  my(q = (1. - v[5])^(hops(v[1], v[2]) + v[4]));
  line("anycast-independent", Str("nodes=", v[1], " digitBits=", v[2], " copies=", v[3],
    " extraHops=", v[4], " faultyFraction=", v[5]), -expm1(v[3]*log1p(-q))));
foreach([[100000, 4, 16, 256, 9/5, 16, 1, 9/50], [100000, 4, 32, 256, 79/50, 32, 1, 1/4],
    [65536, 4, 8, 32, 2, 8, 0, 1/10]], v,
  my(f = v[8], g = rnd(v[5]), s = (1. - f)^hops(v[1], v[2]), k = v[3], n = v[4],
    r = 1 - (1 - (1. - f)^(hops(v[1], v[2]) + v[7]))^v[6], c = g*f/(1 - f));
  line("secure-routing-independent", Str("nodes=", v[1], " digitBits=", v[2], " leafSetSize=", k,
    " samples=", n, " densityThreshold=", v[5], " copies=", v[6], " extraHops=", v[7],
    " faultyFraction=", f), s*(1 - sur(k, n, g)) + (s*sur(k, n, g) + (1 - s)*(1 - cdf(k, n, c)))*r));
foreach([[256, 32, 43/25, 3/10], [256, 32, 123/100, 3/10], [256, 16, 9/5, 9/50], [32, 8, 1/2, 2/5],
    [1, 1, 3, 1/2], [2000, 700, 11/10, 1/5], [20000, 20000, 101/100, 1/10]], v,
  my(n = v[1], k = v[2], g = rnd(v[3]), c = v[4], a = Str("samples=", n, " rootSamples=", k,
    " densityThreshold=", v[3]), ac = Str(a, " coalitionFraction=", c));
  line("failure-test-alpha", a, sur(k, n, g));
  line("failure-test-alpha-hidden", ac, sur(k, n, g*(1 - c)));
  line("failure-test-beta", ac, cdf(k, n, g*c));
  line("failure-test-beta-hidden", ac, cdf(k, n, g*c/(1 - c))));
}
{
foreach([[256, 32, 1/5], [256, 32, 3/10], [32, 32, 1/5], [64, 16, 1/4], [1, 1, 1/2]], v,
  my(n = v[1], k = v[2], c = v[3], h = c/(1 - c), a = Str("samples=", n, " rootSamples=", k,
    " coalitionFraction=", c));
  my(g = solve(t = 1e-3, 1e3, sur(k, n, t) - cdf(k, n, c*t)));
  line("failure-test-minimum-error", a, sur(k, n, g));
  g = solve(t = 1e-3, 1e3, sur(k, n, t*(1 - c)) - cdf(k, n, h*t));
  line("failure-test-minimum-error-hidden", a, sur(k, n, g*(1 - c))));
foreach([[256, 16, 1/10, 1/1000], [256, 16, 9/50, 1/1000], [256, 32, 1/4, 1/1000],
    [256, 32, 3/10, 1/1000], [256, 32, 3/10, 999/1000], [5, 5, 1/2, 1/2]], v,
  my(n = v[1], k = v[2], c = v[3]);
  line("failure-test-threshold", Str("samples=", n, " rootSamples=", k, " designFraction=", c,
    " targetError=", v[4]), solve(t = 1e-3, 1e2, cdf(k, n, t) - v[4])*(1 - c)/c));
foreach([[256, 1, 3/10], [256, 6/5, 3/10], [16, 5/7, 1/5]], v,
  my(n = v[1], x = rnd(v[2]), c = v[3], a = Str("samples=", n, " hopThreshold=", v[2]));
  line("hop-test-alpha", a, (n/(n + x + 0.))^n);
  a = Str(a, " coalitionFraction=", c);
  line("hop-test-beta", a, 1 - (n/(n + x*c + 0.))^n);
  line("hop-test-beta-hidden", a, 1 - (n/(n + x*c/(1 - c) + 0.))^n);
  a = Str("samples=", n, " coalitionFraction=", c);
  my(g = solve(t = 1e-3, 1e3, (n/(n + t))^n + (n/(n + t*c))^n - 1));
  line("hop-test-minimum-error", a, (n/(n + g))^n);
  g = solve(t = 1e-3, 1e3, (n/(n + t))^n + (n/(n + t*c/(1 - c)))^n - 1);
  line("hop-test-minimum-error-hidden", a, (n/(n + g))^n));
foreach([[1, 1/5], [4, 1/5], [32, 1/5], [31, 1/5], [100, 3/10], [3000, 3/10]], v,
  my(m = v[1], f = v[2], a = Str("groupSize=", m, " faultyFraction=", f));
  line("quorum-group", a, group(m, f));
  line("quorum-group-lost", a, sum(i = (m - 1)\3 + 1, m, binomial(m, i)*f^i*(1. - f)^(m - i)));
  line("quorum-groups", Str(a, " nodes=100000 digitBits=4"), group(m, f)^hops(100000, 4)));
foreach([[100, 20, 32], [10^5, 2*10^4, 32], [10^9, 2*10^8, 301]], v,
  line("quorum-group-finite", Str("nodes=", v[1], " faultyNodes=", v[2], " groupSize=", v[3]),
    sum(i = 0, (v[3] - 1)\3, binomial(v[2], i)*binomial(v[1] - v[2], v[3] - i))/
    (binomial(v[1], v[3]) + 0.)));
foreach([[0, 1/5], [7, 1/5], [30, 1/100]], v,
  my(a = Str("updates=", v[1], " faultyFraction=", v[2]), g = 1. - v[2], s = 1. - v[2]);
  for(t = 1, v[1], g = g*(1 - v[2])^2; if(v[1] < 20, s = s*s*(1 - v[2])));
  line("good-entries", a, g);
  if(v[1] < 20, line("good-entries-spreading", a, s)));
line("good-entries-constrained", "faultyFraction=1/7", 6/7.);
line("certificate-price", "nodes=1000 fraction=1/10 price=20", 2000.);
line("certificate-price-targeted", "nodes=1000 price=20", 20000.);
line("capture-price", "nodes=1000 fraction=1/10 price=20", 112*20.);
line("capture-price-targeted", "nodes=1000 chance=1/2 price=20", 20000.);
line("closest-id-chance", "certificates=8 nodes=1000", 8/1008.);
line("puzzle-operations", "zeroBits=20 fraction=1/10 nodes=1000", 2^20*100.);
line("failure-test-limit", "hidingAtKey=1 hidingAtSender=1", real(polroots(x^2 - 3*x + 1)[1]));
}
least(first, step, holds) = { my(b = first); while(!holds(b), b += step); b }
bad(N, n, f) = N*sum(i = n\2 + 1, n, binomial(n, i)*f^i*(1 - f)^(n - i));
passes(n, k, f, r, c) = sum(i = k, n, binomial(n, i)*(f + (1 - f)*c/r)^i*((1 - f)*(1 - c))^(n - i));
{
foreach([[1/10, 3], [1/4, 16], [2/3, 1000]], v,
  line("bootstrap-failure", Str("faultyFraction=", v[1], " contacts=", v[2]), 1.*v[1]^v[2]);
  line("replica-loss", Str("replicas=", v[2], " faultyFraction=", v[1]), 1.*v[1]^v[2]);
  line("cluster-walk", Str("levels=6 width=", v[2], " faultyFraction=", v[1]), 6.*v[1]^v[2]));
foreach([[100, 10, 3], [10^5, 25000, 16], [10^9, 7*10^8, 1000]], v,
  my(p = prod(i = 0, v[3] - 1, (v[2] - i)/(v[1] - i + 0.)),
    a = Str("nodes=", v[1], " faultyNodes=", v[2]));
  line("bootstrap-failure-finite", Str(a, " contacts=", v[3]), p);
  line("replica-loss-finite", Str(a, " replicas=", v[3]), p);
  line("cluster-walk-finite", Str(a, " levels=6 width=", v[3]), 6*p));
foreach([[1/10, 1/1000], [1/4, 1/10^9], [99/100, 1/10^6], [1/2, 1/1024]], v,
  line("bootstrap-contacts", Str("faultyFraction=", v[1], " targetError=", v[2]),
    1.*least(1, 1, b->v[1]^b <= v[2])));
foreach([[100, 25, 1/1000], [1000, 10, 1/10^30], [10^9, 25*10^7, 1/10^9]], v,
  line("bootstrap-contacts-finite", Str("nodes=", v[1], " faultyNodes=", v[2], " targetError=",
    v[3]), 1.*least(1, 1, b->prod(i = 0, b - 1, (v[2] - i)/(v[1] - i)) <= v[3])));
foreach([[24, 12, 1/5], [24, 12, 1/4], [3000, 1500, 9/20]], v,
  line("audit-blamed", Str("challenges=", v[1], " passingAnswers=", v[2], " faultyFraction=", v[3]),
    sum(i = 0, v[2] - 1, binomial(v[1], i)*(1 - v[3])^i*1.*v[3]^(v[1] - i))));
foreach([[24, 12, 1/4, 6/5], [24, 12, 1/5, 2], [40, 25, 1/10, 3/2]], v,
  my(n = v[1], k = v[2], f = v[3], r = v[4], a = Str("challenges=", n, " passingAnswers=", k,
    " faultyFraction=", f, " overload=", r));
  foreach([0, 43/100, 1], c, line("audit-passes", Str(a, " answerChance=", c),
    1.*passes(n, k, f, r, c)));
  \\ The top, from the roots of the derivative of the polynomial in c.
  my(p = passes(n, k, f, r, 'x), d = [z | z <- concat([0, 1], polrootsreal(deriv(p))~),
    z >= 0 && z <= 1], top = 0, at = 0);
  foreach(d, z, if(subst(p, 'x, 1.*z) > top, top = subst(p, 'x, 1.*z); at = z));
  line("audit-passes-worst", a, 1.*top);
  line("audit-worst-answer", a, 1.*at));
foreach([[10000, 100, 1], [10000, 10000, 3], [10^9, 10^9, 3]], v,
  line("audit-escape", Str("nodes=", v[1], " conspirators=", v[2], " periods=", v[3]),
    exp(v[2]*v[3]*log((v[1] - 2)/(v[1] - 1.)))));
foreach([100, 1000, 10000], N,
  line("anonymizer-set-size", Str("nodes=", N, " faultyFraction=1/5"),
    1.*least(1, 2, n->bad(N, n, 1/5) < 1)));
line("anonymizer-bad-sets", "nodes=10000 setSize=29 faultyFraction=1/5", 1.*bad(10000, 29, 1/5));
}

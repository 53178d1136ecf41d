\\ The closed forms of the campaigns in PARI/GP, for `redoubt proof check`.
\\
\\ Written from the papers, by other methods than the bounds in Swift: what is a binomial tail
\\ there is a hypergeometric series here, what is a bisection there is `solve` here. One function per
\\ formula, named like it with underscores, parameters in the order of the campaign files.

\\ Delivery without defence: [Castro02], message forwarding.
pastry_hops(N, b) = log(N) / (b * log(2));
route(h, f) = if(h == 0, 1, f == 1, 0, exp(h * log(1. - f)));
forwarding(N, b, f) = route(pastry_hops(N, b), f);
forwarding_chord(N, f) = route(log(N) / log(2) / 2, f);
forwarding_can(N, d, f) = route(d / 4 * N ^ (1. / d), f);

\\ Redundant routing with independent copies.
anycast_independent(N, b, r, e, f) = 1 - (1 - route(pastry_hops(N, b) + e, f)) ^ r;

\\ P[F(2k, 2n) < g]: the regularised incomplete beta function at x = k g / (k g + n).
beta_law(x, a, b) = \
  if(x == 0, 0, x == 1, 1, \
    x ^ a * (1 - x) ^ b / a * gamma(a + b) / gamma(a) / gamma(b) \
      * hypergeom([1., a + b], [a + 1.], x * 1.));
\\ Either tail by itself, so that small ones keep their digits.
ratio_law(g, k, n) = my(x = k * g / (k * g + n)); beta_law(x, k, n);
ratio_above(g, k, n) = my(x = k * g / (k * g + n)); beta_law(1 - x, n, k);

\\ Routing failure test; its threshold is a multiple of 2^-20. [Castro02], routing failure test.
implemented(g) = round(g * 2 ^ 20) / 2 ^ 20;
failure_test_alpha(n, k, g) = ratio_above(implemented(g), k, n);
failure_test_alpha_hidden(n, k, g, c) = ratio_above(implemented(g) * (1 - c), k, n);
failure_test_beta(n, k, g, c) = ratio_law(c * implemented(g), k, n);
failure_test_beta_hidden(n, k, g, c) = ratio_law(c * implemented(g) / (1 - c), k, n);

\\ The threshold with both errors equal, by its logarithm; the functions cross once.
balanced(n, k, honest, forged) = \
  my(t = solve(t = -20., 20., ratio_above(exp(t) * honest, k, n) - ratio_law(exp(t) * forged, k, n))); \
  ratio_law(exp(t) * forged, k, n);
failure_test_minimum_error(n, k, c) = balanced(n, k, 1, c);
failure_test_minimum_error_hidden(n, k, c) = balanced(n, k, 1 - c, c / (1 - c));
failure_test_threshold(n, k, c, e) = \
  exp(solve(t = -20., 20., ratio_law(exp(t) * c / (1 - c), k, n) - e));

\\ Hop test: one root sample. [Castro02], checked iterative routing.
hop_test_alpha(n, x) = (n / (n + implemented(x))) ^ n;
hop_test_beta(n, x, c) = 1 - (n / (n + c * implemented(x))) ^ n;
hop_test_beta_hidden(n, x, c) = 1 - (n / (n + c / (1 - c) * implemented(x))) ^ n;
hop_test_minimum_error(n, c) = balanced(n, 1, 1, c);
hop_test_minimum_error_hidden(n, c) = balanced(n, 1, 1, c / (1 - c));

\\ Groups with fewer than a third of faulty members. [Lynch02], [Castro02].
quorum_group(m, f) = sum(i = 0, (m - 1) \ 3, binomial(m, i) * f ^ i * (1 - f) ^ (m - i));
quorum_group_lost(m, f) = \
  sum(i = (m - 1) \ 3 + 1, m, binomial(m, i) * f ^ i * (1 - f) ^ (m - i));
quorum_groups(m, f, N, b) = quorum_group(m, f) ^ pastry_hops(N, b);

\\ Tables under updates. [Castro02], secure routing table maintenance.
good_entries(t, f) = (1 - f) ^ (2 * t + 1);
good_entries_spreading(t, f) = (1 - f) ^ (2 ^ (t + 1) - 1);
good_entries_constrained(f) = 1 - f;

\\ Secure routing with independent copies: [Castro02], secure routing.
secure_routing_independent(N, b, k, n, g, r, e, f) = \
  my(s = route(pastry_hops(N, b), f), alpha = failure_test_alpha(n, k, g)); \
  my(beta = failure_test_beta_hidden(n, k, g, f)); \
  s * (1 - alpha) \
    + (s * alpha + (1 - s) * (1 - beta)) * anycast_independent(N, b, r, e, f);

\\ Identities: [Castro02], secure nodeId assignment.
certificate_price(N, f, p) = f * N * p;
certificate_price_targeted(N, p) = N * p;
closest_id_chance(m, N) = m / (N + m);
puzzle_operations(p, f, N) = 2 ^ p * f * N;

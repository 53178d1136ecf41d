import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CRL;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Asks Java's PKIX path validator about each line of standard input.
 *
 * <p>A line holds, with tabs between: a name, the root, the revocation list, and the path from the
 * leaf upwards without the root, all as DER files. The answer is the name, ACCEPTED or REFUSED, and
 * the reason, with tabs between.
 */
public final class PathCheck {
  public static void main(String[] arguments) throws Exception {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] fields = line.split("\t");
      String answer;
      try {
        check(factory, fields);
        answer = "ACCEPTED\t";
      } catch (Exception problem) {
        answer = "REFUSED\t" + String.valueOf(problem.getMessage()).replaceAll("\\s+", " ");
      }
      System.out.println(fields[0] + "\t" + answer);
    }
  }

  private static void check(CertificateFactory factory, String[] fields) throws Exception {
    X509Certificate root = (X509Certificate) factory.generateCertificate(file(fields[1]));
    CRL list = factory.generateCRL(file(fields[2]));
    List<X509Certificate> path = new ArrayList<>();
    for (int place = 3; place < fields.length; place++) {
      ByteArrayInputStream octets = file(fields[place]);
      path.add((X509Certificate) factory.generateCertificate(octets));
      if (octets.available() > 0) {
        throw new java.security.cert.CertificateException("octets follow the certificate");
      }
    }
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.addCertStore(
        CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(list))));
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker revocation = (PKIXRevocationChecker) validator.getRevocationChecker();
    revocation.setOptions(
        EnumSet.of(
            PKIXRevocationChecker.Option.PREFER_CRLS,
            PKIXRevocationChecker.Option.ONLY_END_ENTITY,
            PKIXRevocationChecker.Option.NO_FALLBACK));
    parameters.addCertPathChecker(revocation);
    validator.validate(factory.generateCertPath(path), parameters);
  }

  private static ByteArrayInputStream file(String name) throws Exception {
    return new ByteArrayInputStream(Files.readAllBytes(Path.of(name)));
  }
}

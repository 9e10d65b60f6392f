import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateRevokedException;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/*
 * Java's PKIX validator as a judge:
 *
 *   java [-Dcom.sun.security.enableCRLDP=true] [-Dcom.sun.security.ocsp.useget=...]
 *       Judge.java (crl|ocsp) ROOT.pem LIST
 *
 * LIST has a line for each certificate: name, leaf file, issuer file (PEM or
 * DER; none where that is the root), blank-separated.  Prints "name good", "name revoked REASON" or
 * "name invalid: why".  Everything is fetched from the addresses in the
 * certificates, with no fall-back from one channel to the other.
 */
public class Judge {
	private static X509Certificate read(String path) throws Exception {
		try (InputStream in = new FileInputStream(path)) {
			return (X509Certificate) CertificateFactory
				.getInstance("X.509").generateCertificate(in);
		}
	}

	private static PKIXParameters parameters(String channel,
	    X509Certificate root, CertPathValidator validator) throws Exception {
		PKIXRevocationChecker checker =
			(PKIXRevocationChecker) validator.getRevocationChecker();
		EnumSet<PKIXRevocationChecker.Option> options =
			EnumSet.of(PKIXRevocationChecker.Option.NO_FALLBACK);

		if (channel.equals("crl"))
			options.add(PKIXRevocationChecker.Option.PREFER_CRLS);
		checker.setOptions(options);
		PKIXParameters p = new PKIXParameters(
			Set.of(new TrustAnchor(root, null)));
		p.setRevocationEnabled(true);
		p.addCertPathChecker(checker);
		return p;
	}

	private static String verdict(CertPathValidatorException e) {
		Throwable cause = e.getCause();

		if (cause instanceof CertificateRevokedException r)
			return "revoked " + r.getRevocationReason();
		return "invalid: " + e.getMessage();
	}

	public static void main(String[] args) throws Exception {
		X509Certificate root = read(args[1]);

		for (String line : Files.readAllLines(Path.of(args[2]))) {
			String[] field = line.split(" ");
			CertPathValidator validator =
				CertPathValidator.getInstance("PKIX");
			List<X509Certificate> certificates = field.length < 3
				? List.of(read(field[1]))
				: List.of(read(field[1]), read(field[2]));
			CertPath path = CertificateFactory.getInstance("X.509")
				.generateCertPath(certificates);
			String said;

			try {
				validator.validate(path,
					parameters(args[0], root, validator));
				said = "good";
			} catch (CertPathValidatorException e) {
				said = verdict(e);
			}
			System.out.println(field[0] + " " + said);
		}
	}
}

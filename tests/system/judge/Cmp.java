import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.util.Date;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.cmp.CertRepMessage;
import org.bouncycastle.asn1.cmp.CertResponse;
import org.bouncycastle.asn1.cmp.ErrorMsgContent;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIFailureInfo;
import org.bouncycastle.asn1.cmp.PKIStatusInfo;
import org.bouncycastle.asn1.crmf.CertReqMessages;
import org.bouncycastle.asn1.pkcs.PBMAC1Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.cmp.CertificateConfirmationContentBuilder;
import org.bouncycastle.cert.cmp.GeneralPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessageBuilder;
import org.bouncycastle.cert.crmf.jcajce.JcaCertificateRequestMessageBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.GenericKey;
import org.bouncycastle.operator.MacCalculator;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcePBMac1CalculatorBuilder;
import org.bouncycastle.pkcs.jcajce.JcePBMac1CalculatorProviderBuilder;

/*
 * Bouncy Castle as a client of CMP that protects its messages by PBMAC1, which
 * openssl's client cannot:
 *
 *   java Cmp URL DEVICE SECRET OUT (good|twice|weak-kdf|weak-mac|no-confirmation|other-id)
 *
 * An ir for a new key, and a certConf; each answer must have a MAC by PBMAC1
 * that holds; other-id: of a request that there is not.  Prints "confirmed", "issued" where none was asked to be, or
 * "refused" with the bits of PKIFailureInfo; OUT.der is the certificate.
 */
public class Cmp {
	private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
	private static final SecureRandom RANDOM = new SecureRandom();

	private final String url, device;
	private final char[] secret;
	private final byte[] transaction = octets();
	private final AlgorithmIdentifier prf;
	private final String mac;
	private byte[] nonce = null;

	Cmp(String url, String device, String secret, String how) {
		this.url = url;
		this.device = device;
		this.secret = secret.toCharArray();
		this.prf = how.equals("weak-kdf")
			? new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA1, DERNull.INSTANCE)
			: JcePBMac1CalculatorBuilder.PRF_SHA256;
		this.mac = how.equals("weak-mac") ? "HmacSHA1" : "HmacSHA256";
	}

	private static byte[] octets() {
		byte[] b = new byte[16];
		RANDOM.nextBytes(b);
		return b;
	}

	/* Bouncy Castle 1.72 has PBES2 where RFC 8018 has PBKDF2. */
	private static MacCalculator corrected(MacCalculator c) {
		PBMAC1Params p = PBMAC1Params.getInstance(c.getAlgorithmIdentifier().getParameters());
		AlgorithmIdentifier is = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBMAC1,
			new PBMAC1Params(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBKDF2,
				p.getKeyDerivationFunc().getParameters()), p.getMessageAuthScheme()));
		return new MacCalculator() {
			public AlgorithmIdentifier getAlgorithmIdentifier() { return is; }
			public OutputStream getOutputStream() { return c.getOutputStream(); }
			public byte[] getMac() { return c.getMac(); }
			public GenericKey getKey() { return c.getKey(); }
		};
	}

	private byte[] message(PKIBody body) throws Exception {
		ProtectedPKIMessageBuilder b = new ProtectedPKIMessageBuilder(
			new GeneralName(new X500Name("CN=" + device)),
			new GeneralName(new X500Name("CN=x")));
		b.setTransactionID(transaction);
		b.setSenderNonce(octets());
		b.setSenderKID(device.getBytes(StandardCharsets.US_ASCII));
		b.setMessageTime(new Date());
		if (nonce != null)
			b.setRecipNonce(nonce);
		b.setBody(body);
		MacCalculator by = new JcePBMac1CalculatorBuilder(mac, 256)
			.setProvider(PROVIDER).setPrf(prf).setIterationCount(5000)
			.setSaltLength(20).build(secret);
		return b.build(corrected(by)).toASN1Structure().getEncoded();
	}

	private byte[] post(byte[] message) throws Exception {
		HttpURLConnection c = (HttpURLConnection) new URL(url).openConnection();
		c.setDoOutput(true);
		c.setConnectTimeout(20000);
		c.setReadTimeout(20000);
		c.setRequestProperty("Content-Type", "application/pkixcmp");
		c.getOutputStream().write(message);
		try (InputStream in = c.getInputStream()) {
			return in.readAllBytes();
		}
	}

	private PKIBody ask(byte[] message) throws Exception {
		GeneralPKIMessage answer = new GeneralPKIMessage(post(message));
		if (!answer.hasProtection())
			throw new Exception("an answer without protection");
		if (answer.getBody().getType() == PKIBody.TYPE_ERROR)
			return answer.getBody(); /* signed, where no secret is known */
		AlgorithmIdentifier a = answer.getHeader().getProtectionAlg();
		if (!a.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBMAC1))
			throw new Exception("another protection: " + a.getAlgorithm());
		if (!new ProtectedPKIMessage(answer).verify(
			new JcePBMac1CalculatorProviderBuilder().setProvider(PROVIDER).build(), secret))
			throw new Exception("the answer's MAC does not hold");
		nonce = answer.getHeader().getSenderNonce().getOctets();
		return answer.getBody();
	}

	private static String refused(PKIStatusInfo status) {
		return "refused " + new PKIFailureInfo(status.getFailInfo());
	}

	private byte[] request() throws Exception {
		KeyPairGenerator g = KeyPairGenerator.getInstance("EC");
		g.initialize(new ECGenParameterSpec("secp256r1"));
		KeyPair key = g.generateKeyPair();
		return message(new PKIBody(PKIBody.TYPE_INIT_REQ, new CertReqMessages(
			new JcaCertificateRequestMessageBuilder(BigInteger.ZERO)
			.setSubject(new X500Name("CN=" + device))
			.setPublicKey(org.bouncycastle.asn1.x509.SubjectPublicKeyInfo
				.getInstance(key.getPublic().getEncoded()))
			.setProofOfPossessionSigningKeySigner(
				new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
			.build().toASN1Structure())));
	}

	private String confirm(X509CertificateHolder certificate, BigInteger id) throws Exception {
		PKIBody body = ask(message(new PKIBody(PKIBody.TYPE_CERT_CONFIRM,
			new CertificateConfirmationContentBuilder()
			.addAcceptedCertificate(certificate, id)
			.build(new JcaDigestCalculatorProviderBuilder().build())
			.toASN1Structure())));
		return body.getType() == PKIBody.TYPE_CONFIRM ? "confirmed"
			: "not confirmed: type " + body.getType();
	}

	private String enrol(String out, String how) throws Exception {
		byte[] first = request();
		PKIBody body = ask(first);
		if (body.getType() == PKIBody.TYPE_ERROR)
			return refused(ErrorMsgContent.getInstance(body.getContent()).getPKIStatusInfo());
		CertResponse r = CertRepMessage.getInstance(body.getContent()).getResponse()[0];
		if (r.getCertifiedKeyPair() == null)
			return refused(r.getStatus());
		X509CertificateHolder certificate = new X509CertificateHolder(r.getCertifiedKeyPair()
			.getCertOrEncCert().getCertificate().getX509v3PKCert());
		Files.write(Path.of(out + ".der"), certificate.getEncoded());
		if (how.equals("twice")) {
			r = CertRepMessage.getInstance(ask(first).getContent()).getResponse()[0];
			if (!java.util.Arrays.equals(certificate.getEncoded(), r.getCertifiedKeyPair()
				.getCertOrEncCert().getCertificate().getX509v3PKCert().getEncoded()))
				return "another certificate the second time";
		}
		if (how.equals("no-confirmation"))
			return "issued";
		return confirm(certificate, BigInteger.valueOf(how.equals("other-id") ? 7 : 0));
	}

	public static void main(String[] a) throws Exception {
		System.out.println(new Cmp(a[0], a[1], a[2], a[4])
			.enrol(a[3], a[4]));
	}
}

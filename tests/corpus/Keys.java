// SPDX-License-Identifier: GPL-3.0-or-later
import com.android.apksig.ApkSigner;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;

/** Developers' keys, made from a seed: the same seed gives the same keys, certificates and so the same APK bytes. */
final class Keys {
        private static final byte[] SHA256_RSA = sequence(oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b), der(0x05));

        record Developer(ApkSigner.SignerConfig config, String digest) {}

        static Developer make(long seed, int number) throws GeneralSecurityException, java.io.IOException {
                SecureRandom random = SecureRandom.getInstance("SHA1PRNG"); // seeded first, it yields the same bytes every time
                random.setSeed(("corpus " + seed + " developer " + number).getBytes(StandardCharsets.UTF_8));
                KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
                generator.initialize(2048, random);
                KeyPair pair = generator.generateKeyPair();
                byte[] encoded = certificate(pair, "Developer " + number, BigInteger.valueOf(1000L + number));
                X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                                .generateCertificate(new ByteArrayInputStream(encoded));
                String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(encoded));
                return new Developer(new ApkSigner.SignerConfig.Builder("CERT", pair.getPrivate(), List.of(certificate)).build(),
                                digest);
        }

        /** A self-signed X.509 v3 certificate without extensions (RFC 5280, 4.1). */
        private static byte[] certificate(KeyPair pair, String name, BigInteger serial) throws GeneralSecurityException {
                byte[] subject = sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, name.getBytes(StandardCharsets.UTF_8)))));
                byte[] validity = sequence(der(0x17, "200101000000Z".getBytes(StandardCharsets.US_ASCII)),
                                der(0x17, "491231235959Z".getBytes(StandardCharsets.US_ASCII)));
                byte[] body = sequence(der(0xa0, der(0x02, new byte[] { 2 })), der(0x02, serial.toByteArray()), SHA256_RSA, subject,
                                validity, subject, pair.getPublic().getEncoded());
                Signature signature = Signature.getInstance("SHA256withRSA");
                signature.initSign(pair.getPrivate());
                signature.update(body);
                return sequence(body, SHA256_RSA, der(0x03, new byte[] { 0 }, signature.sign()));
        }

        private static byte[] oid(int... bytes) {
                byte[] value = new byte[bytes.length];
                for (int i = 0; i < bytes.length; i++)
                        value[i] = (byte) bytes[i];
                return der(0x06, value);
        }

        private static byte[] sequence(byte[]... parts) {
                return der(0x30, parts);
        }

        private static byte[] der(int tag, byte[]... parts) {
                java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
                int length = 0;
                for (byte[] part : parts)
                        length += part.length;
                out.write(tag);
                if (length < 0x80) {
                        out.write(length);
                } else {
                        byte[] digits = BigInteger.valueOf(length).toByteArray();
                        int skip = digits[0] == 0 ? 1 : 0;
                        out.write(0x80 | digits.length - skip);
                        out.write(digits, skip, digits.length - skip);
                }
                for (byte[] part : parts)
                        out.writeBytes(part);
                return out.toByteArray();
        }

        private Keys() {}
}

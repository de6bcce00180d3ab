package io.berth.storage.s3;

import io.berth.storage.StorageUnavailable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** The certificate authorities that the JVM trusts, and those of a PEM file. */
final class TrustedAuthorities {
    /** Protects nothing, because certificates are public; JDKs just don't read a store without one. */
    static final String PASSWORD = "changeit";

    private final KeyStore store;

    private TrustedAuthorities(KeyStore store) {
        this.store = store;
    }

    /**
     * Reads a PEM file.
     *
     * @throws StorageUnavailable naming a file that can't be used
     */
    static TrustedAuthorities with(String profile, Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("profile-" + number++, certificate);
            }
            TrustManagerFactory defaults = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            defaults.init((KeyStore) null);
            for (TrustManager manager : defaults.getTrustManagers()) {
                if (manager instanceof X509TrustManager x509) {
                    for (X509Certificate certificate : x509.getAcceptedIssuers()) {
                        store.setCertificateEntry("jvm-" + number++, certificate);
                    }
                }
            }
            return new TrustedAuthorities(store);
        } catch (IOException | GeneralSecurityException e) {
            throw new StorageUnavailable(
                    "profile \"%s\": caFile %s can't be read as certificates in PEM (%s)".formatted(profile, pem, e),
                    e);
        }
    }

    TrustManager[] managers() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has a trust manager", e);
        }
    }

    /** Writes them for the JVMs of applications. */
    void write(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD.toCharArray());
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }
}

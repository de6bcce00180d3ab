package io.berth.storage;

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
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** The certificate authorities that the JVM trusts, and those of a PEM file. */
public final class TrustedAuthorities {
    /** Protects nothing, because certificates are public; JDKs just don't read a store without one. */
    public static final String PASSWORD = "changeit";

    private final KeyStore store;

    private TrustedAuthorities(KeyStore store) {
        this.store = store;
    }

    /**
     * Those of the PEM file that setting {@code caFile} names, if it does.
     *
     * @throws StorageUnavailable naming a file that can't be used
     */
    public static Optional<TrustedAuthorities> of(String profile, Settings settings) {
        return settings.path("caFile").map(pem -> with(profile, pem));
    }

    private static TrustedAuthorities with(String profile, Path pem) {
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

    /** For clients of this process. */
    public TrustManager[] managers() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has a trust manager", e);
        }
    }

    /** For clients of this process that take a whole context. */
    public SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has TLS", e);
        }
    }

    /** Writes them for the JVMs of applications. */
    public void write(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD.toCharArray());
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }
}

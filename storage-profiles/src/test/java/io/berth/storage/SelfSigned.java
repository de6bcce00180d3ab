package io.berth.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The key of a server at 127.0.0.1 whose certificate nobody else vouches for.
 *
 * @param keyStore with the key, for a server
 * @param pem      with the certificate, for clients
 */
public record SelfSigned(Path keyStore, Path pem) {
    private static final String PASSWORD = "changeit";

    /** Makes one in a directory. */
    public static SelfSigned in(Path directory) throws Exception {
        SelfSigned made = new SelfSigned(directory.resolve("server.p12"), directory.resolve("authority.pem"));
        made.keytool("-genkeypair", "-keyalg", "EC", "-dname", "CN=lab", "-ext", "san=ip:127.0.0.1");
        made.keytool("-exportcert", "-rfc", "-file", made.pem.toString());
        return made;
    }

    /** For servers of this process. */
    public SSLContext context() throws Exception {
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(KeyStore.getInstance(keyStore.toFile(), PASSWORD.toCharArray()), PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", keyStore.toString(), "-storepass", PASSWORD, "-alias", "server"));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}

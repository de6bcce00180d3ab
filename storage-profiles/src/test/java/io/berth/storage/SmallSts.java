package io.berth.storage;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Gives the temporary credentials of one role for one token, in the words of Amazon's Security Token Service. */
final class SmallSts implements AutoCloseable {
    static final String ROLE = "arn:aws:iam::123456789012:role/bench";
    static final String TOKEN = "planted.web.identity.token";
    static final String SESSION_TOKEN = "plantedSessionToken";

    private final HttpServer http;
    private final AtomicInteger given = new AtomicInteger();

    SmallSts(String accessKey, String secretKey) throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", exchange -> {
            Map<String, String> form = Stream.of(
                            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).split("&", -1))
                    .map(pair -> pair.split("=", 2))
                    .collect(Collectors.toMap(
                            pair -> pair[0], pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8)));
            boolean granted = "AssumeRoleWithWebIdentity".equals(form.get("Action"))
                    && ROLE.equals(form.get("RoleArn"))
                    && TOKEN.equals(form.get("WebIdentityToken"));
            String answer = granted
                    ? """
                    <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                      <AssumeRoleWithWebIdentityResult>
                        <Credentials>
                          <AccessKeyId>%s</AccessKeyId>
                          <SecretAccessKey>%s</SecretAccessKey>
                          <SessionToken>%s</SessionToken>
                          <Expiration>%s</Expiration>
                        </Credentials>
                      </AssumeRoleWithWebIdentityResult>
                    </AssumeRoleWithWebIdentityResponse>
                    """.formatted(
                            accessKey, secretKey, SESSION_TOKEN, Instant.now().plus(Duration.ofHours(1)))
                    : """
                    <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                      <Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>no</Message></Error>
                    </ErrorResponse>
                    """;
            if (granted) {
                given.incrementAndGet();
            }
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/xml");
            exchange.sendResponseHeaders(granted ? 200 : 400, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        http.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    /** How often it gave credentials. */
    int given() {
        return given.get();
    }

    @Override
    public void close() {
        http.stop(0);
    }
}

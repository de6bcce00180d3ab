package io.berth.probe.selftest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Stands before a server that speaks HTTP without encryption, and holds up requests by {@link Delay}. */
final class Relay implements AutoCloseable {
    /** Enough to hold the method of a request. */
    private static final int START = 8;

    private final ServerSocket listening;
    private final String host;
    private final int port;

    /** Relays from a free port of the loopback interface to that server. */
    Relay(String host, int port) throws IOException {
        this.host = host;
        this.port = port;
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Socket server = new Socket(host, port);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                start(() -> copy(client, server, true));
                start(() -> copy(server, client, false));
            }
        } catch (IOException e) {
            if (!listening.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Each request begins with a piece: a client that waits for answers doesn't send the next one before. */
    private static void copy(Socket from, Socket to, boolean requests) {
        byte[] piece = new byte[64 << 10];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                if (requests) {
                    Delay.request(new String(piece, 0, Math.min(length, START), StandardCharsets.US_ASCII));
                }
                out.write(piece, 0, length);
            }
        } catch (IOException e) {
            // One side hung up, and so does the other.
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "berth-relay");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}

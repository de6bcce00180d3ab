package io.berth.storage;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/** Passes on what clients and a server of HTTP say to each other, and keeps what clients say. */
final class RecordingProxy implements AutoCloseable {
    /** Also behind a body, which ends without a line feed. */
    private static final Pattern HEAD =
            Pattern.compile("(?s)(?:PUT|GET|HEAD|POST|DELETE) /\\S* HTTP/1\\.1\r\n.*?\r\n\r\n");

    private final ServerSocket listening;
    private final List<ByteArrayOutputStream> said = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    /** @param port the server's, on this machine */
    RecordingProxy(int port) throws IOException {
        listening = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        daemon(() -> {
            while (true) {
                Socket client = listening.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
                sockets.addAll(List.of(client, server));
                ByteArrayOutputStream record = new ByteArrayOutputStream();
                said.add(record);
                daemon(() -> pass(client, server, record));
                daemon(() -> pass(server, client, OutputStream.nullOutputStream()));
            }
        });
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // One of both has closed the connection, or the proxy has been closed.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void pass(Socket from, Socket to, OutputStream record) throws IOException {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] buffer = new byte[1 << 16];
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
            // Before the server can answer it.
            record.write(buffer, 0, length);
            out.write(buffer, 0, length);
        }
        to.shutdownOutput();
    }

    int port() {
        return listening.getLocalPort();
    }

    /** The heads of all requests with a method so far, in small letters. */
    List<String> heads(String method) {
        return said.stream()
                .map(record -> record.toString(StandardCharsets.ISO_8859_1))
                .flatMap(text -> HEAD.matcher(text).results())
                .map(head -> head.group())
                .filter(head -> head.startsWith(method + " "))
                .map(head -> head.toLowerCase(Locale.ROOT))
                .toList();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}

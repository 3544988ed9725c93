using System.Net;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>Python's web server with TLS at port 443 of a machine: for each host it serves the files of the folder with the host's name.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    /// <summary>The program that it needs.</summary>
    public const string Program = "python3";

    private const string Script = """
        import http.server, ssl, sys
        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, format, *arguments):
                print(format % arguments, flush=True)
            def translate_path(self, path):
                self.directory = sys.argv[2] + "/" + self.headers["Host"]
                return super().translate_path(path)
        server = http.server.ThreadingHTTPServer((sys.argv[1], 443), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        print("serving", flush=True)
        server.serve_forever()
        """;

    private readonly RunningProcess _process;

    private WebServer(RunningProcess process) => _process = process;

    /// <summary>The requests so far, one a line.</summary>
    public IEnumerable<string> Requests => _process.Lines.Where(line => line.Contains("GET ", StringComparison.Ordinal));

    /// <param name="host">The machine.</param>
    /// <param name="address">One of its addresses.</param>
    /// <param name="folder">The hosts' folders.</param>
    /// <param name="certificate">PEM file with the chain.</param>
    /// <param name="key">PEM file.</param>
    public static async Task<WebServer> StartAsync(NetworkHost host, IPAddress address, string folder, string certificate, string key)
    {
        var process = Tool.Start(Program, ["-u", "-c", Script, address.ToString(), folder, certificate, key], host);
        await process.LineAsync("its start", line => line == "serving");
        return new WebServer(process);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

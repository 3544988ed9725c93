using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>How our server handles requests that no gRPC client sends.</summary>
public sealed class WireTests
{
    private const string Unary = "/throttlenet.test.v1.Echo/Unary";

    [Fact]
    public async Task A_message_is_answered_with_a_message_and_a_status_in_the_trailers()
    {
        await using var server = await EchoServer.StartAsync();
        using var answer = await PostAsync(server, Unary, Frame(new Ping { Text = "x" }));
        Assert.Equal([0, 0, 0, 0, 3, 10, 1, (byte)'x'], await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("0", StatusOf(answer));
    }

    [Theory]
    [InlineData("application/grpc", HttpStatusCode.OK)]
    [InlineData("application/grpc+proto", HttpStatusCode.OK)]
    [InlineData("application/json", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_request_of_another_content_type_is_refused(string contentType, HttpStatusCode status)
    {
        await using var server = await EchoServer.StartAsync();
        using var answer = await PostAsync(server, Unary, Frame(new Ping()), ("content-type", contentType));
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task An_unknown_path_is_unimplemented_for_gRPC_and_fails_for_other_requests()
    {
        await using var server = await EchoServer.StartAsync();
        using var grpc = await PostAsync(server, "/some.Service/Method", []);
        using var other = await PostAsync(server, "/some.Service/Method", [], ("content-type", "text/plain"));
        Assert.Equal("12", StatusOf(grpc));
        Assert.NotEqual(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task An_exception_of_a_handler_does_not_reach_the_client()
    {
        await using var server = await EchoServer.StartAsync();
        using var answer = await PostAsync(server, Unary, Frame(new Ping { Status = EchoService.NoStatus }));
        Assert.Equal("2", StatusOf(answer));
        Assert.Equal("the handler failed", Find(answer, "grpc-message"));
    }

    [Fact]
    public async Task Hostile_bodies_are_refused_and_the_server_goes_on()
    {
        await using var server = await EchoServer.StartAsync();
        var frame = Frame(new Ping { Text = "x" });
        await AssertRefusedAsync("13", []);
        await AssertRefusedAsync("13", [.. frame, .. frame]);
        await AssertRefusedAsync("13", frame[..^1]);
        await AssertRefusedAsync("13", [.. frame, 0]);
        await AssertRefusedAsync("2", [7, 0, 0, 0, 0]);
        await AssertRefusedAsync("13", [1, 0, 0, 0, 1, 1]);
        await AssertRefusedAsync("2", [0, 0, 0, 0, 2, 10, 200]);
        await AssertRefusedAsync("2", [0, 255, 255, 255, 255]);
        await AssertRefusedAsync("8", [0, 127, 255, 255, 255]);
        using var answer = await PostAsync(server, Unary, frame);
        Assert.Equal("0", StatusOf(answer));

        async Task AssertRefusedAsync(string status, byte[] body)
        {
            using var refusal = await PostAsync(server, Unary, body);
            Assert.Equal(status, StatusOf(refusal));
        }
    }

    [Theory]
    [InlineData(EchoServer.MaxMessage, "2")] // zeros are no valid message, but the server unpacks them
    [InlineData(EchoServer.MaxMessage + 1, "8")]
    [InlineData(256 * 1024 * 1024, "8")]
    public async Task A_packed_message_is_unpacked_up_to_the_limit(int size, string status)
    {
        await using var server = await EchoServer.StartAsync();
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(new byte[size]);
        }

        using var answer = await PostAsync(server, Unary, [1, .. Length((int)packed.Length), .. packed.ToArray()], ("grpc-encoding", "gzip"));
        Assert.Equal(status, StatusOf(answer));
    }

    private static byte[] Frame(Ping ping) => [0, .. Length(ping.CalculateSize()), .. ping.ToByteArray()];

    private static byte[] Length(int length) => BitConverter.GetBytes(IPAddress.HostToNetworkOrder(length));

    private static string? StatusOf(HttpResponseMessage answer) => Find(answer, "grpc-status");

    // A status is in the trailers, or in the headers of an answer without messages.
    private static string? Find(HttpResponseMessage answer, string name) =>
        answer.TrailingHeaders.TryGetValues(name, out var last) || answer.Headers.TryGetValues(name, out last) ? Uri.UnescapeDataString(last.Single()) : null;

    private static async Task<HttpResponseMessage> PostAsync(
        EchoServer server, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient(PeerTransport.CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        foreach (var (name, value) in headers)
        {
            if (name == "content-type")
            {
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await http.SendAsync(request).WaitAsync(Eventually.Patience);
    }
}

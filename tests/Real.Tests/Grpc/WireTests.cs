using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using ThrottleNet.MxNode.Grpc;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>What our server puts on the wire, and what it makes of requests that no gRPC client sends.</summary>
public sealed class WireTests
{
    private const string Unary = "/throttlenet.test.v1.Echo/Unary";

    [Fact]
    public async Task An_error_without_messages_is_sent_in_the_headers_alone()
    {
        await using var server = await EchoServer.StartAsync();
        using var answer = await PostAsync(server, Unary, Frame(new Ping { Status = 9, Text = "ü" }));
        Assert.Equal("9", answer.Headers.GetValues("grpc-status").Single());
        Assert.Equal("%C3%BC", answer.Headers.GetValues("grpc-message").Single());
        Assert.Equal("application/grpc", answer.Content.Headers.ContentType!.ToString());
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        Assert.Empty(answer.TrailingHeaders);
    }

    [Fact]
    public async Task A_status_after_a_message_is_sent_in_the_trailers()
    {
        await using var server = await EchoServer.StartAsync();
        using var answer = await PostAsync(server, Unary, Frame(new Ping { Text = "x" }));
        Assert.False(answer.Headers.Contains("grpc-status"));
        Assert.Equal([0, 0, 0, 0, 3, 10, 1, (byte)'x'], await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("0", answer.TrailingHeaders.GetValues("grpc-status").Single());
    }

    [Theory]
    [InlineData("gzip", 1)]
    [InlineData("identity, gzip", 1)]
    [InlineData("identity,br", 0)]
    [InlineData("", 0)]
    public async Task Answers_are_packed_for_those_who_take_it(string accepted, byte flag)
    {
        await using var server = await EchoServer.StartAsync(new GrpcOptions { Compress = true });
        using var answer = await PostAsync(server, Unary, Frame(new Ping()), ("grpc-accept-encoding", accepted));
        Assert.Equal(flag == 1, answer.Headers.Contains("grpc-encoding"));
        Assert.Equal(flag, (await answer.Content.ReadAsByteArrayAsync())[0]);
    }

    [Fact]
    public async Task An_unknown_encoding_is_refused_with_those_that_are_known()
    {
        await using var server = await EchoServer.StartAsync();
        using var answer = await PostAsync(server, Unary, Frame(new Ping()), ("grpc-encoding", "br"));
        Assert.Equal("12", answer.Headers.GetValues("grpc-status").Single());
        Assert.Equal("identity,gzip", answer.Headers.GetValues("grpc-accept-encoding").Single());
    }

    [Theory]
    [InlineData("application/grpc", HttpStatusCode.OK)]
    [InlineData("application/grpc+proto", HttpStatusCode.OK)]
    [InlineData("application/grpc+json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc-web", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_request_of_another_content_type_is_refused(string contentType, HttpStatusCode status)
    {
        await using var server = await EchoServer.StartAsync();
        using var answer = await PostAsync(server, Unary, Frame(new Ping()), ("content-type", contentType));
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task A_path_that_is_not_served_is_not_found_but_by_grpc()
    {
        await using var server = await EchoServer.StartAsync();
        using var grpc = await PostAsync(server, "/some.Service/Method", []);
        using var other = await PostAsync(server, "/some.Service/Method", [], ("content-type", "text/plain"));
        Assert.Equal("12", grpc.Headers.GetValues("grpc-status").Single());
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("5")]
    [InlineData("123456789S")]
    public async Task A_malformed_timeout_is_refused(string timeout)
    {
        await using var server = await EchoServer.StartAsync();
        using var answer = await PostAsync(server, Unary, Frame(new Ping()), ("grpc-timeout", timeout));
        Assert.Equal("13", answer.Headers.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task The_server_keeps_the_deadline_of_a_client_that_does_not()
    {
        var time = new FakeTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        var answering = PostAsync(server, Unary, Frame(new Ping { Wait = true }), ("grpc-timeout", "1H"));
        Assert.Equal("unary", await server.NextEventAsync());
        Assert.Equal("waiting", await server.NextEventAsync());
        time.Advance(TimeSpan.FromHours(1));
        using var answer = await answering;
        Assert.Equal("4", answer.Headers.GetValues("grpc-status").Single());
        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [Fact]
    public async Task A_stream_that_nobody_reads_is_reset_at_its_deadline()
    {
        var time = new FakeTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        using var http = Client();
        using var request = Request(server, "/throttlenet.test.v1.Echo/ServerStream", Frame(new Ping { Count = 1000, Size = 65536 }));
        request.Headers.Add("grpc-timeout", "1H");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience.Long);
        time.Advance(TimeSpan.FromHours(1));
        var body = await answer.Content.ReadAsStreamAsync();
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => body.CopyToAsync(Stream.Null).WaitAsync(Patience.Long));
        Assert.True((failure as HttpProtocolException ?? failure.InnerException) is HttpProtocolException, failure.ToString());
    }

    [Fact]
    public async Task A_handler_that_breaks_tells_nothing_of_itself()
    {
        await using var server = await EchoServer.StartAsync();
        using var answer = await PostAsync(server, Unary, Frame(new Ping { Status = EchoServer.NoStatus }));
        Assert.Equal("2", answer.Headers.GetValues("grpc-status").Single());
        Assert.Equal("the handler failed", answer.Headers.GetValues("grpc-message").Single());
    }

    [Fact]
    public async Task Hostile_bodies_are_refused_and_the_server_stays_well()
    {
        await using var server = await EchoServer.StartAsync();
        var frame = Frame(new Ping { Text = "x" });
        await AssertRefusedAsync("12", []);
        await AssertRefusedAsync("12", [.. frame, .. frame]);
        await AssertRefusedAsync("13", frame[..^1]);
        await AssertRefusedAsync("13", [.. frame, 0]);
        await AssertRefusedAsync("13", [7, 0, 0, 0, 0]);
        await AssertRefusedAsync("13", [1, 0, 0, 0, 1, 1]);
        await AssertRefusedAsync("13", [0, 0, 0, 0, 2, 10, 200]);
        await AssertRefusedAsync("8", [0, 255, 255, 255, 255]);
        using var answer = await PostAsync(server, Unary, frame);
        Assert.Equal("0", answer.TrailingHeaders.GetValues("grpc-status").Single());

        async Task AssertRefusedAsync(string status, byte[] body)
        {
            using var refusal = await PostAsync(server, Unary, body);
            Assert.Equal(status, refusal.Headers.GetValues("grpc-status").Single());
        }
    }

    private static byte[] Frame(Ping ping) => [0, .. BitConverter.GetBytes(IPAddress.HostToNetworkOrder(ping.CalculateSize())), .. ping.ToByteArray()];

    private static HttpClient Client() => new(GrpcTransport.CreateHandler());

    private static HttpRequestMessage Request(EchoServer server, string path, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return request;
    }

    private static async Task<HttpResponseMessage> PostAsync(
        EchoServer server, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        using var http = Client();
        using var request = Request(server, path, body);
        foreach (var (name, value) in headers)
        {
            if (name == "content-type")
            {
                request.Content!.Headers.ContentType = new MediaTypeHeaderValue(value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await http.SendAsync(request).WaitAsync(Patience.Long);
    }
}

using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf.WellKnownTypes;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Protocol.Tests.Grpc;

/// <summary>Answers of servers that are strange, broken or hostile.</summary>
public sealed class GrpcChannelTests
{
    private static readonly GrpcMethod<StringValue, StringValue> Method = new("test.Service", "Method");
    private static readonly byte[] Hello = [0, 0, 0, 0, 7, 10, 5, (byte)'h', (byte)'e', (byte)'l', (byte)'l', (byte)'o'];

    [Fact]
    public async Task A_request_says_what_the_protocol_wants_said()
    {
        HttpRequestMessage? sent = null;
        using var channel = Channel(request =>
        {
            sent = request;
            return Answer(Hello);
        });
        var options = new GrpcCallOptions { Timeout = TimeSpan.FromSeconds(5), Metadata = [new("x-name", "value")] };
        Assert.Equal("hello", (await channel.CallAsync(Method, new StringValue(), options)).Value);
        Assert.Equal("http://server.test/test.Service/Method", sent!.RequestUri!.AbsoluteUri);
        Assert.Equal(HttpMethod.Post, sent.Method);
        Assert.Equal(HttpVersion.Version20, sent.Version);
        Assert.Equal(HttpVersionPolicy.RequestVersionExact, sent.VersionPolicy);
        Assert.Equal("application/grpc", sent.Content!.Headers.ContentType!.ToString());
        Assert.Equal(
            "te: trailers, grpc-accept-encoding: identity,gzip, grpc-timeout: 5000000u, x-name: value",
            string.Join(", ", sent.Headers.Select(header => $"{header.Key.ToLowerInvariant()}: {string.Join(',', header.Value)}")));
    }

    [Fact]
    public async Task Metadata_cannot_bring_headers_of_their_own()
    {
        using var channel = Channel(_ => Answer(Hello));
        foreach (var (name, value) in new[] { ("x y", ""), ("x-name", "a\r\nb: c") })
        {
            var options = new GrpcCallOptions { Metadata = [new(name, value)] };
            await Assert.ThrowsAsync<FormatException>(() => channel.CallAsync(Method, new StringValue(), options));
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, GrpcStatusCode.Unavailable)]
    [InlineData(HttpStatusCode.NotFound, GrpcStatusCode.Unimplemented)]
    [InlineData(HttpStatusCode.Redirect, GrpcStatusCode.Unknown)]
    public async Task An_http_error_becomes_a_status(HttpStatusCode http, GrpcStatusCode code) =>
        await AssertFailsAsync(code, () => new HttpResponseMessage(http));

    [Fact]
    public async Task A_status_wins_over_the_http_error_around_it() => await AssertFailsAsync(GrpcStatusCode.DataLoss, () =>
    {
        var answer = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        answer.Headers.Add("grpc-status", "15");
        return answer;
    });

    [Fact]
    public async Task A_web_page_is_no_answer() => await AssertFailsAsync(
        GrpcStatusCode.Unknown, () => new HttpResponseMessage { Content = new StringContent("<html>") });

    [Fact]
    public async Task An_answer_without_a_status_is_an_error() =>
        await AssertFailsAsync(GrpcStatusCode.Unknown, () => Answer(Hello, status: null));

    [Fact]
    public async Task A_message_before_an_error_does_not_make_it_a_success() =>
        await AssertFailsAsync(GrpcStatusCode.Aborted, () => Answer(Hello, status: "10"));

    [Fact]
    public async Task A_unary_answer_has_exactly_one_message()
    {
        await AssertFailsAsync(GrpcStatusCode.Unimplemented, () => Answer([]));
        await AssertFailsAsync(GrpcStatusCode.Unimplemented, () => Answer([.. Hello, .. Hello]));
    }

    [Fact]
    public async Task A_broken_answer_is_an_error()
    {
        await AssertFailsAsync(GrpcStatusCode.Internal, () => Answer(Hello[..^1]));
        await AssertFailsAsync(GrpcStatusCode.Internal, () => Answer([0, 0, 0, 0, 1, 255]));
        await AssertFailsAsync(GrpcStatusCode.Internal, () => Answer(Hello, encoding: "br"));
        await AssertFailsAsync(GrpcStatusCode.ResourceExhausted, () => Answer([0, 255, 255, 255, 255]));
    }

    [Fact]
    public async Task A_connection_that_breaks_makes_the_call_unavailable()
    {
        await AssertFailsAsync(GrpcStatusCode.Unavailable, () => throw new HttpRequestException("refused"));
        await AssertFailsAsync(
            GrpcStatusCode.Unavailable, () => throw new HttpRequestException("reset", new HttpProtocolException(7, "REFUSED_STREAM", null)));
        await AssertFailsAsync(
            GrpcStatusCode.ResourceExhausted, () => throw new HttpRequestException("reset", new HttpProtocolException(11, "CALM", null)));
    }

    [Fact]
    public async Task The_deadline_is_kept_without_the_server()
    {
        var time = new FakeTimeProvider();
        using var handler = new Handler(async (_, cancel) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
            return new HttpResponseMessage();
        });
        using var channel = new GrpcChannel(new Uri("http://server.test"), handler, time);
        var calling = channel.CallAsync(Method, new StringValue(), new GrpcCallOptions { Timeout = TimeSpan.FromSeconds(3) });
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(calling.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<GrpcException>(() => calling)).Status.Code);
        Assert.Equal(0, time.Waiting);
    }

    private static async Task AssertFailsAsync(GrpcStatusCode code, Func<HttpResponseMessage> answer)
    {
        using var channel = Channel(_ => answer());
        var failure = await Assert.ThrowsAsync<GrpcException>(() => channel.CallAsync(Method, new StringValue()));
        Assert.Equal(code, failure.Status.Code);
    }

    private static GrpcChannel Channel(Func<HttpRequestMessage, HttpResponseMessage> answer) => new(
        new Uri("http://server.test"), new Handler((request, _) => Task.Run(() => answer(request))), new FakeTimeProvider());

    private static HttpResponseMessage Answer(byte[] body, string? status = "0", string? encoding = null)
    {
        var answer = new HttpResponseMessage { Content = new ByteArrayContent(body) };
        answer.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        if (status is not null)
        {
            answer.TrailingHeaders.Add("grpc-status", status);
        }

        if (encoding is not null)
        {
            answer.Headers.Add("grpc-encoding", encoding);
        }

        return answer;
    }

    private sealed class Handler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            answer(request, cancellationToken);
    }
}

using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>Our client settings against our own server and the official JavaScript one, with the same results.</summary>
public sealed class OurClientTests
{
    // Makes the client compress.
    private static readonly Metadata Gzip = new() { { "grpc-internal-encoding-request", "gzip" } };

    [Theory, OurServer, TheirServer]
    public async Task A_unary_call_is_answered(string whose) => await UnaryAsync(whose, compress: false);

    [Theory, OurServer, TheirServer]
    public async Task A_unary_call_is_answered_in_gzip(string whose) => await UnaryAsync(whose, compress: true);

    [Theory, OurServer, TheirServer]
    public async Task A_server_stream_is_read_to_its_end(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        using var call = client.ServerStream(new Ping { Count = 5, Size = 100 });
        Assert.Equal([0, 1, 2, 3, 4], await CountsAsync(call.ResponseStream));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_client_stream_is_answered_once(string whose)
    {
        await using var server = await StartAsync(whose, compress: true);
        using var connection = Connect(server);
        using var call = new Echo.EchoClient(connection).ClientStream(Gzip);
        foreach (var text in new[] { "a", "b", "c" })
        {
            await call.RequestStream.WriteAsync(new Ping { Text = text });
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(new Pong { Text = "abc", Count = 3 }, await call.ResponseAsync.WaitAsync(Eventually.Patience));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_duplex_call_answers_each_message_before_the_next_is_sent(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        using var call = client.Duplex();
        for (var i = 1; i <= 5; i++)
        {
            await call.RequestStream.WriteAsync(new Ping { Text = $"{i}" });
            Assert.Equal(new Pong { Text = $"{i}", Count = i }, await ReadAsync(call));
        }

        await call.RequestStream.CompleteAsync();
        Assert.Null(await ReadAsync(call));
        Assert.Null(await ReadAsync(call)); // a further read is at the end, too
    }

    [Theory, OurServer, TheirServer]
    public async Task A_stream_half_closed_at_once_has_no_messages(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        using var call = client.Duplex();
        await call.RequestStream.CompleteAsync();
        Assert.Null(await ReadAsync(call));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_status_carries_its_message_in_any_script(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        const string Text = "pâté: 100 % ✓\n漢 😀";
        var status = await StatusOfAsync(() => client.UnaryAsync(new Ping { Status = 9, Text = Text }).ResponseAsync);
        Assert.Equal((StatusCode.FailedPrecondition, Text), status);
    }

    [Theory, OurServer, TheirServer]
    public async Task A_status_follows_the_messages_before_it(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        using var call = client.ServerStream(new Ping { Count = 2, Status = 10, Text = "enough" });
        Assert.Equal(0, (await ReadAsync(call.ResponseStream))!.Count);
        Assert.Equal(1, (await ReadAsync(call.ResponseStream))!.Count);
        Assert.Equal((StatusCode.Aborted, "enough"), await StatusOfAsync(() => ReadAsync(call.ResponseStream)));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_status_reaches_a_client_that_has_not_half_closed(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        using var call = client.Duplex();
        await call.RequestStream.WriteAsync(new Ping { Status = 5, Text = "no such" });
        Assert.Equal((StatusCode.NotFound, "no such"), await StatusOfAsync(() => ReadAsync(call)));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_deadline_of_a_fake_clock_ends_the_call_on_both_sides(string whose)
    {
        var time = new FakeTimeProvider();
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        using var deadline = new CancellationTokenSource(TimeSpan.FromHours(1), time);
        using var call = new Echo.EchoClient(connection).Duplex(cancellationToken: deadline.Token);
        await call.RequestStream.WriteAsync(new Ping());
        Assert.NotNull(await ReadAsync(call));
        var reading = ReadAsync(call);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(StatusCode.Cancelled, (await StatusOfAsync(() => reading)).Code);
        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [Theory, OurServer, TheirServer]
    public async Task A_cancelled_token_ends_the_call_on_both_sides(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        using var cancel = new CancellationTokenSource();
        using var call = client.Duplex(cancellationToken: cancel.Token);
        await call.RequestStream.WriteAsync(new Ping());
        Assert.NotNull(await ReadAsync(call));
        var reading = ReadAsync(call);
        await cancel.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await StatusOfAsync(() => reading)).Code);
        Assert.Equal(StatusCode.Cancelled, (await StatusOfAsync(() => call.RequestStream.WriteAsync(new Ping()))).Code);
        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [Theory, OurServer, TheirServer]
    public async Task A_call_disposed_before_its_end_is_cancelled(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        using (var call = client.Duplex())
        {
            await call.RequestStream.WriteAsync(new Ping { Wait = true });
            Assert.Equal("waiting", await server.NextEventAsync());
        }

        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [Theory, OurServer, TheirServer]
    public async Task The_receiver_refuses_a_message_over_the_cap(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        using var generous = Connect(server, 64 << 20);
        using var narrow = Connect(server, 1000);
        var large = new Ping { Data = ByteString.CopyFrom(new byte[5 << 20]) };
        Assert.Equal(StatusCode.ResourceExhausted, await CodeAsync(connection, large));
        Assert.Equal(StatusCode.ResourceExhausted, await CodeAsync(generous, large));
        Assert.Equal(StatusCode.ResourceExhausted, await CodeAsync(narrow, new Ping { Size = 1001 }));
        Assert.Equal(StatusCode.OK, await CodeAsync(narrow, new Ping { Size = 900 }));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_packed_message_over_the_cap_is_refused(string whose)
    {
        await using var server = await StartAsync(whose, compress: true);
        using var generous = Connect(server, 64 << 20);
        using var narrow = Connect(server, 100_000);
        Assert.Equal(
            StatusCode.ResourceExhausted, await CodeAsync(generous, new Ping { Data = ByteString.CopyFrom(new byte[5 << 20]) }, Gzip));
        Assert.Equal(StatusCode.ResourceExhausted, await CodeAsync(narrow, new Ping { Size = 1 << 20 }));
    }

    [Theory, OurServer, TheirServer]
    public async Task An_unknown_method_is_unimplemented(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        var (code, _) = await StatusOfAsync(() => client.MissingAsync(new Ping()).ResponseAsync);
        Assert.Equal(StatusCode.Unimplemented, code);
    }

    [Theory, OurServer, TheirServer]
    public async Task A_reader_that_pauses_delays_its_own_stream_only_and_loses_no_message(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        using var call = client.ServerStream(new Ping { Count = 1000, Size = 65536 });
        Assert.NotNull(await ReadAsync(call.ResponseStream));
        Assert.Equal(StatusCode.OK, await CodeAsync(connection, new Ping()));
        if (server is EchoServer ours)
        {
            Assert.InRange(ours.Streamed, 0, 500); // of 64 MiB: the windows hold far less
        }

        Assert.Equal(Enumerable.Range(1, 999), await CountsAsync(call.ResponseStream));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_writer_waits_for_a_server_that_does_not_read(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        using var cancel = new CancellationTokenSource();
        using var call = client.Duplex(cancellationToken: cancel.Token);
        var large = new Ping { Size = 1, Data = ByteString.CopyFrom(new byte[1 << 20]) };
        await call.RequestStream.WriteAsync(new Ping { Wait = whose == "ours" });
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (; written < 100; written++)
            {
                await call.RequestStream.WriteAsync(large);
            }
        });
        if (whose == "theirs")
        {
            await writing.WaitAsync(Eventually.Patience); // the server reads again, and every message arrives
            return;
        }

        Assert.Equal("waiting", await server.NextEventAsync());
        Assert.Equal(StatusCode.OK, await CodeAsync(connection, new Ping()));
        await cancel.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await StatusOfAsync(() => writing)).Code);
        Assert.InRange(written, 0, 50);
    }

    [Theory, OurServer, TheirServer]
    public async Task A_server_that_shuts_down_finishes_its_call_and_accepts_no_other(string whose)
    {
        await using var server = await StartAsync(whose);
        using var connection = Connect(server);
        var client = new Echo.EchoClient(connection);
        using var call = client.Duplex();
        await call.RequestStream.WriteAsync(new Ping());
        Assert.NotNull(await ReadAsync(call));
        var stopping = server.StopAsync();
        await call.RequestStream.CompleteAsync();
        Assert.Null(await ReadAsync(call));
        await stopping.WaitAsync(Eventually.Patience);
        Assert.Equal(StatusCode.Unavailable, await UntilRefusedAsync(connection));
    }

    [Fact]
    public async Task A_call_to_a_closed_port_is_unavailable()
    {
        await using var server = await EchoServer.StartAsync();
        var address = server.Address;
        await server.StopAsync();
        using var connection = PeerTransport.CreateChannel(address, PeerTransport.CreateHandler(), EchoServer.MaxMessage);
        Assert.Equal(StatusCode.Unavailable, await CodeAsync(connection, new Ping()));
        using var call = new Echo.EchoClient(connection).Duplex();
        var (code, _) = await StatusOfAsync(() => call.RequestStream.WriteAsync(new Ping()));
        Assert.Equal(StatusCode.Unavailable, code);
        Assert.Equal(StatusCode.Unavailable, (await StatusOfAsync(() => ReadAsync(call))).Code);
    }

    private static async Task UnaryAsync(string whose, bool compress)
    {
        await using var server = await StartAsync(whose, compress);
        using var connection = Connect(server);
        var ping = new Ping { Text = "grüß 漢", Count = 7, Data = ByteString.CopyFrom(new byte[70000]) };
        var pong = await new Echo.EchoClient(connection).UnaryAsync(ping, compress ? Gzip : null).ResponseAsync.WaitAsync(Eventually.Patience);
        Assert.Equal(new Pong { Text = ping.Text, Count = ping.Count, Data = ping.Data }, pong);
    }

    private static async Task<IEchoServer> StartAsync(string whose, bool compress = false) => whose == "ours"
        ? await EchoServer.StartAsync(compress)
        : await JsEchoServer.StartAsync(compress);

    private static GrpcChannel Connect(IEchoServer server, int maxMessage = EchoServer.MaxMessage) =>
        PeerTransport.CreateChannel(server.Address, PeerTransport.CreateHandler(), maxMessage);

    private static Task<Pong?> ReadAsync(AsyncDuplexStreamingCall<Ping, Pong> call) => ReadAsync(call.ResponseStream);

    private static Task<Pong?> ReadAsync(IAsyncStreamReader<Pong> answers) => answers.NextAsync().AsTask().WaitAsync(Eventually.Patience);

    private static async Task<List<int>> CountsAsync(IAsyncStreamReader<Pong> answers)
    {
        var counts = new List<int>();
        while (await ReadAsync(answers) is { } pong)
        {
            counts.Add(pong.Count);
        }

        return counts;
    }

    private static async Task<(StatusCode Code, string Detail)> StatusOfAsync(Func<Task> act)
    {
        var status = (await Assert.ThrowsAsync<RpcException>(() => act().WaitAsync(Eventually.Patience))).Status;
        return (status.StatusCode, status.Detail);
    }

    private static async Task<StatusCode> CodeAsync(GrpcChannel channel, Ping ping, Metadata? headers = null)
    {
        try
        {
            await new Echo.EchoClient(channel).UnaryAsync(ping, headers).ResponseAsync.WaitAsync(Eventually.Patience);
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    // A server may accept another call or two after the command to stop.
    private static async Task<StatusCode> UntilRefusedAsync(GrpcChannel channel)
    {
        while (true)
        {
            if (await CodeAsync(channel, new Ping()) is var code and not StatusCode.OK)
            {
                return code;
            }
        }
    }
}

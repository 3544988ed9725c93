using Google.Protobuf;
using ThrottleNet.MxNode.Grpc;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>Our client against our own server and the official JavaScript one: both must look the same to it.</summary>
public sealed class OurClientTests
{
    private static readonly GrpcOptions Gzip = new() { Compress = true };

    [Theory, OurServer, TheirServer]
    public async Task A_unary_call_is_answered(string whose) => await UnaryAsync(whose, compress: false);

    [Theory, OurServer, TheirServer]
    public async Task A_unary_call_is_answered_in_gzip(string whose) => await UnaryAsync(whose, compress: true);

    [Theory, OurServer, TheirServer]
    public async Task A_server_stream_is_read_to_its_end(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        await using var call = channel.Open(EchoMethods.ServerStream);
        await call.WriteAsync(new Ping { Count = 5, Size = 100 });
        call.Complete();
        Assert.Equal([0, 1, 2, 3, 4], await CountsAsync(call));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_client_stream_is_answered_once(string whose)
    {
        await using var server = await StartAsync(whose, compress: true);
        using var channel = Connect(server, Gzip);
        await using var call = channel.Open(EchoMethods.ClientStream);
        foreach (var text in new[] { "a", "b", "c" })
        {
            await call.WriteAsync(new Ping { Text = text });
        }

        call.Complete();
        Assert.Equal(new Pong { Text = "abc", Count = 3 }, await call.ReadSingleAsync().WaitAsync(Patience.Long));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_duplex_call_answers_each_message_before_the_next_is_sent(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        await using var call = channel.Open(EchoMethods.Duplex);
        for (var i = 1; i <= 5; i++)
        {
            await call.WriteAsync(new Ping { Text = $"{i}" });
            Assert.Equal(new Pong { Text = $"{i}", Count = i }, await ReadAsync(call));
        }

        call.Complete();
        Assert.Null(await ReadAsync(call));
        Assert.Null(await ReadAsync(call)); // the end stays the end
    }

    [Theory, OurServer, TheirServer]
    public async Task A_stream_half_closed_at_once_has_no_messages(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        await using var call = channel.Open(EchoMethods.Duplex);
        call.Complete();
        Assert.Null(await ReadAsync(call));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_status_carries_its_message_in_any_script(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        const string Text = "pâté: 100 % ✓\n漢 😀";
        var status = await StatusOfAsync(() => channel.CallAsync(EchoMethods.Unary, new Ping { Status = 9, Text = Text }));
        Assert.Equal(new GrpcStatus(GrpcStatusCode.FailedPrecondition, Text), status);
    }

    [Theory, OurServer, TheirServer]
    public async Task A_status_follows_the_messages_before_it(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        await using var call = channel.Open(EchoMethods.ServerStream);
        await call.WriteAsync(new Ping { Count = 2, Status = 10, Text = "enough" });
        call.Complete();
        Assert.Equal(0, (await ReadAsync(call))!.Count);
        Assert.Equal(1, (await ReadAsync(call))!.Count);
        Assert.Equal(new GrpcStatus(GrpcStatusCode.Aborted, "enough"), await StatusOfAsync(() => ReadAsync(call)));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_status_reaches_a_client_that_has_not_half_closed(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        await using var call = channel.Open(EchoMethods.Duplex);
        await call.WriteAsync(new Ping { Status = 5, Text = "no such" });
        Assert.Equal(new GrpcStatus(GrpcStatusCode.NotFound, "no such"), await StatusOfAsync(() => ReadAsync(call)));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_deadline_is_kept_by_the_server(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = new GrpcChannel(server.Address, GrpcTransport.CreateHandler(), new FakeTimeProvider());
        var deadline = new GrpcCallOptions { Timeout = TimeSpan.FromMilliseconds(200) };
        var status = await StatusOfAsync(() => channel.CallAsync(EchoMethods.Unary, new Ping { Wait = true }, deadline));
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, status.Code);
        Assert.Equal("unary", await server.NextEventAsync());
        Assert.Equal("waiting", await server.NextEventAsync());
        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [Theory, OurServer, TheirServer]
    public async Task A_deadline_is_kept_by_the_client(string whose)
    {
        var time = new FakeTimeProvider();
        await using var server = await StartAsync(whose);
        using var channel = new GrpcChannel(server.Address, GrpcTransport.CreateHandler(), time);
        await using var call = channel.Open(EchoMethods.Duplex, new GrpcCallOptions { Timeout = TimeSpan.FromHours(1) });
        await call.WriteAsync(new Ping());
        Assert.NotNull(await ReadAsync(call));
        var reading = StatusOfAsync(() => ReadAsync(call));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, (await reading).Code);
        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [Theory, OurServer, TheirServer]
    public async Task A_cancelled_token_ends_the_call_on_both_sides(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        using var cancel = new CancellationTokenSource();
        await using var call = channel.Open(EchoMethods.Duplex, cancel: cancel.Token);
        await call.WriteAsync(new Ping());
        Assert.NotNull(await ReadAsync(call));
        var reading = ReadAsync(call);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call.WriteAsync(new Ping()));
        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [Theory, OurServer, TheirServer]
    public async Task A_call_disposed_before_its_end_is_cancelled(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        await using (var call = channel.Open(EchoMethods.Duplex))
        {
            await call.WriteAsync(new Ping { Wait = true });
            Assert.Equal("waiting", await server.NextEventAsync());
        }

        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [Theory, OurServer, TheirServer]
    public async Task A_message_over_the_cap_is_refused_by_whoever_has_to_take_it(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        using var generous = Connect(server, new GrpcOptions { MaxMessageSize = 64 << 20 });
        using var narrow = Connect(server, new GrpcOptions { MaxMessageSize = 1000 });
        var large = new Ping { Data = ByteString.CopyFrom(new byte[5 << 20]) };
        Assert.Equal(GrpcStatusCode.ResourceExhausted, await CodeAsync(channel, large));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, await CodeAsync(generous, large));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, await CodeAsync(narrow, new Ping { Size = 1001 }));
        Assert.Equal(GrpcStatusCode.Ok, await CodeAsync(narrow, new Ping { Size = 900 }));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_packed_message_over_the_cap_is_refused(string whose)
    {
        await using var server = await StartAsync(whose, compress: true);
        using var generous = Connect(server, new GrpcOptions { MaxMessageSize = 64 << 20, Compress = true });
        using var narrow = Connect(server, new GrpcOptions { MaxMessageSize = 100_000 });
        Assert.Equal(
            GrpcStatusCode.ResourceExhausted, await CodeAsync(generous, new Ping { Data = ByteString.CopyFrom(new byte[5 << 20]) }));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, await CodeAsync(narrow, new Ping { Size = 1 << 20 }));
    }

    [Theory, OurServer, TheirServer]
    public async Task An_unknown_method_is_unimplemented(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        var status = await StatusOfAsync(() => channel.CallAsync(EchoMethods.Missing, new Ping()));
        Assert.Equal(GrpcStatusCode.Unimplemented, status.Code);
    }

    [Theory, OurServer, TheirServer]
    public async Task Metadata_travels_in_headers_and_trailers(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        var large = new string('v', 6000);
        var metadata = new GrpcCallOptions { Metadata = [new("x-echo", large), new("x-echo-bin", Convert.ToBase64String([0, 255]))] };
        await using var call = channel.Open(EchoMethods.Unary, metadata);
        await call.WriteAsync(new Ping());
        call.Complete();
        var headers = await call.ReadHeadersAsync().WaitAsync(Patience.Long);
        Assert.Equal([large], headers.GetValues("x-echo"));
        Assert.Equal([0, 255], Convert.FromBase64String(headers.GetValues("x-echo-bin").Single().PadRight(4, '=')));
        await call.ReadSingleAsync().WaitAsync(Patience.Long);
    }

    [Theory, OurServer, TheirServer]
    public async Task A_reader_that_stands_still_holds_up_its_stream_alone_and_loses_nothing(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        await using var call = channel.Open(EchoMethods.ServerStream);
        await call.WriteAsync(new Ping { Count = 1000, Size = 65536 });
        call.Complete();
        Assert.NotNull(await ReadAsync(call));
        Assert.Equal(GrpcStatusCode.Ok, await CodeAsync(channel, new Ping()));
        if (server is EchoServer ours)
        {
            Assert.InRange(ours.Streamed, 0, 500); // of 64 MiB: the windows hold far less
        }

        Assert.Equal(Enumerable.Range(1, 999), await CountsAsync(call));
    }

    [Theory, OurServer, TheirServer]
    public async Task A_writer_waits_for_a_server_that_does_not_read(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        using var cancel = new CancellationTokenSource();
        await using var call = channel.Open(EchoMethods.Duplex, cancel: cancel.Token);
        var large = new Ping { Size = 1, Data = ByteString.CopyFrom(new byte[1 << 20]) };
        await call.WriteAsync(new Ping { Wait = whose == "ours" });
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (; written < 100; written++)
            {
                await call.WriteAsync(large);
            }
        });
        if (whose == "theirs")
        {
            await writing.WaitAsync(Patience.Long); // it reads on: all of it passes
            return;
        }

        Assert.Equal("waiting", await server.NextEventAsync());
        Assert.Equal(GrpcStatusCode.Ok, await CodeAsync(channel, new Ping()));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Patience.Long));
        Assert.InRange(written, 0, 50);
    }

    [Theory, OurServer, TheirServer]
    public async Task A_server_that_shuts_down_lets_a_call_end_and_takes_no_more(string whose)
    {
        await using var server = await StartAsync(whose);
        using var channel = Connect(server);
        await using var call = channel.Open(EchoMethods.Duplex);
        await call.WriteAsync(new Ping());
        Assert.NotNull(await ReadAsync(call));
        var stopping = server.StopAsync();
        if (server is EchoServer)
        {
            Assert.Equal(GrpcStatusCode.Unavailable, (await StatusOfAsync(() => ReadAsync(call))).Code);
        }
        else
        {
            call.Complete();
            Assert.Null(await ReadAsync(call));
        }

        await stopping.WaitAsync(Patience.Long);
        Assert.Equal(GrpcStatusCode.Unavailable, await UntilRefusedAsync(channel));
    }

    [Fact]
    public async Task A_unary_call_is_still_answered_by_a_server_that_shuts_down()
    {
        var time = new FakeTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        using var channel = new GrpcChannel(server.Address, GrpcTransport.CreateHandler(), new FakeTimeProvider());
        var hour = TimeSpan.FromHours(1);
        var calling = StatusOfAsync(
            () => channel.CallAsync(EchoMethods.Unary, new Ping { Wait = true }, new GrpcCallOptions { Timeout = hour }));
        Assert.Equal("unary", await server.NextEventAsync());
        Assert.Equal("waiting", await server.NextEventAsync());
        var stopping = server.StopAsync();
        using var late = Connect(server);
        Assert.Equal(GrpcStatusCode.Unavailable, await UntilRefusedAsync(late));
        time.Advance(hour);
        Assert.Equal(new GrpcStatus(GrpcStatusCode.DeadlineExceeded, "the deadline has passed"), await calling);
        await stopping.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        await using var server = await EchoServer.StartAsync();
        var address = server.Address;
        await server.StopAsync();
        using var channel = new GrpcChannel(address, GrpcTransport.CreateHandler(), TimeProvider.System);
        Assert.Equal(GrpcStatusCode.Unavailable, await CodeAsync(channel, new Ping()));
        await using var call = channel.Open(EchoMethods.Duplex);
        var status = await StatusOfAsync(async () => await call.WriteAsync(new Ping()));
        Assert.Equal(GrpcStatusCode.Unavailable, status.Code);
        Assert.Equal(GrpcStatusCode.Unavailable, (await StatusOfAsync(() => ReadAsync(call))).Code);
    }

    private static async Task UnaryAsync(string whose, bool compress)
    {
        await using var server = await StartAsync(whose, compress);
        using var channel = Connect(server, new GrpcOptions { Compress = compress });
        var ping = new Ping { Text = "grüß 漢", Count = 7, Data = ByteString.CopyFrom(new byte[70000]) };
        var pong = await channel.CallAsync(EchoMethods.Unary, ping).WaitAsync(Patience.Long);
        Assert.Equal(new Pong { Text = ping.Text, Count = ping.Count, Data = ping.Data }, pong);
    }

    private static async Task<IEchoServer> StartAsync(string whose, bool compress = false) => whose == "ours"
        ? await EchoServer.StartAsync(new GrpcOptions { Compress = compress })
        : await JsEchoServer.StartAsync(compress);

    private static GrpcChannel Connect(IEchoServer server, GrpcOptions? options = null) =>
        new(server.Address, GrpcTransport.CreateHandler(), TimeProvider.System, options);

    private static Task<Pong?> ReadAsync(GrpcCall<Ping, Pong> call) => call.ReadAsync().AsTask().WaitAsync(Patience.Long);

    private static async Task<List<int>> CountsAsync(GrpcCall<Ping, Pong> call)
    {
        var counts = new List<int>();
        while (await ReadAsync(call) is { } pong)
        {
            counts.Add(pong.Count);
        }

        return counts;
    }

    private static async Task<GrpcStatus> StatusOfAsync(Func<Task> act) =>
        (await Assert.ThrowsAsync<GrpcException>(() => act().WaitAsync(Patience.Long))).Status;

    private static async Task<GrpcStatusCode> CodeAsync(GrpcChannel channel, Ping ping)
    {
        try
        {
            await channel.CallAsync(EchoMethods.Unary, ping).WaitAsync(Patience.Long);
            return GrpcStatusCode.Ok;
        }
        catch (GrpcException e)
        {
            return e.Status.Code;
        }
    }

    // A server told to stop may take a call or two more before it does.
    private static async Task<GrpcStatusCode> UntilRefusedAsync(GrpcChannel channel)
    {
        while (true)
        {
            if (await CodeAsync(channel, new Ping()) is var code and not GrpcStatusCode.Ok)
            {
                return code;
            }
        }
    }
}

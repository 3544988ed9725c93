using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Inbound;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Clients that send and do not read. A connection without a network shows how much the node keeps for them.</summary>
public sealed class SlowClientTests
{
    private const int Commands = 50_000;

    [Fact]
    public async Task Replies_to_a_flood_of_commands_do_not_accumulate()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxIdleCommands = int.MaxValue } });
        await using var flood = await Flood.StartAsync(rig);
        var first = await flood.Answers.ReadAsync();
        Assert.InRange(first.Buffer.Length, 1, 128 * 1024);
        flood.Answers.AdvanceTo(first.Buffer.End);

        var answers = 0L;
        while (await flood.Answers.ReadAsync() is { IsCompleted: false } more && answers < 40L * Commands)
        {
            answers += more.Buffer.Length;
            flood.Answers.AdvanceTo(more.Buffer.End);
        }

        Assert.True(answers >= 40L * Commands, $"{answers} octets of answers to {Commands} commands");
        await flood.Answers.CompleteAsync();
    }

    [Fact]
    public async Task A_client_that_never_reads_is_disconnected()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxIdleCommands = int.MaxValue } });
        await using var flood = await Flood.StartAsync(rig);
        await rig.Clock.PassAsync(ClientTransport.FlushTimeout);
        await flood.Aborted.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private sealed class Flood : IAsyncDisposable
    {
        private readonly Task _session;
        private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024));
        private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private Flood(InboundRig rig, Pipe input)
        {
            var connection = new FloodConnection(new DuplexPipe(input.Reader, _output.Writer), _aborted)
            {
                RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 4711),
            };
            _session = rig.Node.Services.GetRequiredService<SmtpConnectionHandler>().OnConnectedAsync(connection);
        }

        public PipeReader Answers => _output.Reader;

        public Task Aborted => _aborted.Task;

        public static async Task<Flood> StartAsync(InboundRig rig)
        {
            var input = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
            await input.Writer.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("HELP\r\n", Commands))));
            await input.Writer.CompleteAsync();
            return new Flood(rig, input);
        }

        public async ValueTask DisposeAsync()
        {
            await _output.Reader.CompleteAsync();
            await _session.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    private sealed class FloodConnection(IDuplexPipe transport, TaskCompletionSource aborted) : DefaultConnectionContext("flood", transport, transport)
    {
        public override void Abort(ConnectionAbortedException abortReason)
        {
            Transport.Output.Complete();
            aborted.TrySetResult();
        }
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

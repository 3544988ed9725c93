using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Spool;
using ThrottleNet.Protocol.Admin;
using ThrottleNet.TrustList.Exports;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Admin;

/// <summary>The admin API by gRPC (proto/throttlenet/v1/admin.proto): the answers of <see cref="AdminDesk"/> as messages.</summary>
internal sealed class AdminService(AdminDesk desk, IServiceProvider services) : Protocol.Admin.Admin.AdminBase
{
    /// <summary>The path of its calls.</summary>
    public const string Path = "/throttlenet.v1.Admin";

    // Octets of a message of an export.
    private const int ExportPartLength = 64 << 10;

    public override async Task<NodeStatus> GetStatus(GetStatusRequest request, ServerCallContext context)
    {
        var status = await desk.StatusAsync();
        return new NodeStatus
        {
            Name = status.Name,
            HostName = status.HostName,
            Version = status.Version,
            Started = Timestamp.FromDateTimeOffset(status.Started),
            Connections = status.Connections,
            LedgerRows = status.LedgerRows,
            Smtp = { status.Smtp },
            Faults = { status.Faults.Select(f => new Fault { Component = f.Component, Reason = f.Reason, Since = Timestamp.FromDateTimeOffset(f.Since) }) },
            Cluster = status.Cluster is { } cluster ? Write(cluster) : null,
        };
    }

    public override Task<BlockState> GetBlock(GetBlockRequest request, ServerCallContext context)
    {
        if (!CountedBlock.TryParse(request.Block, out var asked, out var error))
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, error));
        }

        var report = desk.Block(asked);
        return Task.FromResult(new BlockState
        {
            Block = report.Address,
            TrustedBy = report.Trusted ?? "",
            Verdict = report.Verdict ?? "",
            Reason = report.Reason ?? "",
            MinutesUntilFree = (uint)(report.Counted?.MinutesUntilFree ?? 0),
            LastHour = (uint)(report.Counted?.LastHour ?? 0),
            LastDay = (uint)(report.Counted?.LastDay ?? 0),
            Reported = (uint)(report.Counted?.Reported ?? 0),
            HourLimit = report.Counted?.HourLimit ?? report.LimitPerHour,
            DayLimit = report.Counted?.DayLimit ?? 0,
            Left = (uint)Math.Max(0, report.Counted?.Left ?? 0),
            Reporters = { report.Reporters.Select(r => new Report { Operator = r.Operator, PerHour = r.PerHour }) },
        });
    }

    public override Task<UnblockReply> Unblock(UnblockRequest request, ServerCallContext context)
    {
        if (!UnblockReport.TryParse(request.Address, out var address, out var error))
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, error));
        }

        var host = services.GetRequiredService<GuardDrops>().Unblock(address);
        Log(context, $"unblock {host.Block}");
        return Task.FromResult(new UnblockReply { Block = host.Block.ToString(), WasDropped = host.WasDropped, WasRefused = host.WasRefused });
    }

    public override async Task<PeerList> ListPeers(ListPeersRequest request, ServerCallContext context)
    {
        var report = await desk.PeersAsync();
        return new PeerList
        {
            Network = report.Network ?? "",
            Peers = { report.Peers.Select(Write) },
            Gateways = { report.Gateways.Select(g => new ClusterGateway { Name = g.Name, Network = g.Network ?? "", Peers = { g.Peers.Select(Write) } }) },
            Silent = { report.Silent },
        };
    }

    public override Task<TrustRows> ListTrust(ListTrustRequest request, ServerCallContext context) => Task.FromResult(new TrustRows
    {
        Rows = { desk.Trust(request.Search.Length == 0 ? null : request.Search).Rows.Select(TrustMessages.Write) },
    });

    public override Task<SubjectTrust> GetTrust(GetTrustRequest request, ServerCallContext context) => TrustSubject.TryParseTyped(request.Subject, out var subject, out var error)
        ? Task.FromResult(TrustMessages.Write(desk.Trust(subject)))
        : throw new RpcException(new Status(StatusCode.InvalidArgument, error));

    public override async Task ListStatements(ListStatementsRequest request, IServerStreamWriter<TrustStatement> responseStream, ServerCallContext context)
    {
        var statements = desk.TrustStatements(request.Author.Length == 0 ? null : request.Author)
            ?? throw new RpcException(new Status(StatusCode.NotFound, TrustEndpoint.NoLogOf(request.Author)));
        foreach (var statement in statements)
        {
            await responseStream.WriteAsync(TrustMessages.Write(statement), context.CancellationToken);
        }
    }

    public override async Task<VerifiedLogs> VerifyTrust(VerifyTrustRequest request, ServerCallContext context) =>
        new() { Logs = { (await desk.VerifyTrustAsync().WaitAsync(context.CancellationToken)).Select(TrustMessages.Write) } };

    public override async Task ExportTrust(ExportTrustRequest request, IServerStreamWriter<ExportPart> responseStream, ServerCallContext context)
    {
        if (!ListExport.Formats.Contains(request.Format))
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, TrustEndpoint.NoFormat(request.Format)));
        }

        var content = desk.ExportTrust(request.Format).AsMemory();
        for (var at = 0; at < content.Length; at += ExportPartLength)
        {
            var part = content[at..Math.Min(at + ExportPartLength, content.Length)];
            await responseStream.WriteAsync(new ExportPart { Content = UnsafeByteOperations.UnsafeWrap(part) }, context.CancellationToken);
        }
    }

    public override async Task<ChangeTrustReply> ChangeTrust(ChangeTrustRequest request, ServerCallContext context)
    {
        var answer = await services.GetRequiredService<TrustSigner>().AnswerAsync(new TrustChange(request.Action.ToString().ToLowerInvariant(), request.Subject)
        {
            Kind = request.Kind,
            Organisation = request.Organisation,
            Contact = request.Contact,
            RatePerHour = request.RatePerHour == 0 ? null : (int)Math.Min(request.RatePerHour, int.MaxValue),
            Expires = request.Expires,
            Reason = request.Reason,
            AcceptDoubts = request.AcceptDoubts,
            AcceptOverlaps = request.AcceptOverlaps,
        });
        if (answer.Report is not { } report)
        {
            throw new RpcException(new Status(answer.Outcome == TrustOutcome.WrongField ? StatusCode.InvalidArgument : StatusCode.FailedPrecondition, TrustEndpoint.TextOf(answer)));
        }

        Log(context, answer.Text);
        return new ChangeTrustReply { Line = report.Line, Warnings = { report.Warnings } };
    }

    public override Task<QueuedMessages> ListQueue(ListQueueRequest request, ServerCallContext context)
    {
        var report = QueueReport.Of(Queue(), request.Domain.Length == 0 ? null : request.Domain, request.Limit == 0 ? null : (int)Math.Min(request.Limit, int.MaxValue));
        return Task.FromResult(new QueuedMessages { Messages = report.Messages, Octets = report.Octets, Listed = { report.Listed.Select(Write) } });
    }

    public override async Task<ChangeQueueReply> ChangeQueue(ChangeQueueRequest request, ServerCallContext context)
    {
        var action = request.Action switch
        {
            ChangeQueueRequest.Types.Action.Retry => "retry",
            ChangeQueueRequest.Types.Action.Hold => "hold",
            ChangeQueueRequest.Types.Action.Delete => "delete",
            _ => throw new RpcException(new Status(StatusCode.InvalidArgument, "name an action: retry, hold or delete")),
        };
        var changed = await QueueChange.ApplyAsync(Queue(), request.Subject, action);
        if (changed == 0)
        {
            throw new RpcException(new Status(StatusCode.NotFound, QueueChange.Unknown(request.Subject)));
        }

        Log(context, $"queue {action} {request.Subject}");
        return new ChangeQueueReply { Messages = changed };
    }

    private static NodeCluster Write(ClusterReport cluster) => new()
    {
        Name = cluster.Name,
        TakesPart = cluster.TakesPart,
        Members =
        {
            cluster.Members.Select(member => new NodeClusterMember
            {
                Name = member.Name,
                State = member.State,
                Gateway = member.Gateway,
                Since = Timestamp.FromDateTimeOffset(member.Since),
                Answered = member.Report is not null,
                Shards = member.Report?.Shards ?? 0,
                Settled = member.Report?.Settled ?? 0,
                Speaks = member.Report?.Speaks ?? false,
            }),
        },
    };

    private static Peer Write(NeighbourReport peer) => new()
    {
        Name = peer.Name,
        Operator = peer.Operator,
        Address = peer.Address,
        State = peer.State,
        LastReceived = Timestamp.FromDateTimeOffset(peer.LastReceived),
    };

    private static QueuedMessage Write(QueuedMessageLine line) => new()
    {
        Id = line.Id,
        Arrived = Timestamp.FromDateTimeOffset(line.Arrived),
        Octets = line.Octets,
        Domain = line.Domain,
        Recipients = line.Recipients,
        Attempts = line.Attempts,
        State = line.State,
        Next = line.Next is { } next ? Timestamp.FromDateTimeOffset(next) : null,
        LastAnswer = line.LastAnswer ?? "",
    };

    private void Log(ServerCallContext context, string deed) =>
        services.GetRequiredService<ILogger<AdminDesk>>().Did($"{context.GetHttpContext().Connection.RemoteIpAddress}", deed);

    private QueueDesk Queue() => services.GetService<QueueDesk>() ?? throw new RpcException(new Status(StatusCode.FailedPrecondition, QueueChange.NoSpool));
}

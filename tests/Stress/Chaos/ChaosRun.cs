using System.Globalization;

namespace ThrottleNet.Stress.Chaos;

/// <summary>
/// Sends mail through a network of node processes while nodes, next hops, disks, clocks and paths fail at random, and counts what was lost or doubled.
/// </summary>
internal static class ChaosRun
{
    private const int TrustedSenders = 24;
    private const int PersonalSenders = 40;

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    // When everything works again, a sender needs a few attempts, each after a short pause. So does a spool.
    private static readonly TimeSpan TimeToFinish = TimeSpan.FromMinutes(3);

    /// <param name="progress">Called every few seconds with a line that says how far the run is.</param>
    public static async Task<ChaosResult> RunAsync(ChaosOptions options, Action<string> progress)
    {
        await using var network = await ChaosNetwork.StartAsync(options.Spools);
        var book = new MessageBook(options.Messages, TimeProvider.System);
        var injector = new FaultInjector(network, book);
        using var faultsEnd = new CancellationTokenSource(options.Length, TimeProvider.System);
        using var end = new CancellationTokenSource(options.Length + TimeToFinish, TimeProvider.System);
        var failing = injector.RunAsync(ChaosPlan.Make(options, network.Nodes.Count, network.Hops.Count), faultsEnd.Token);
        var sending = Task.WhenAll(Senders(options, network, book).Select(s => Task.Run(() => s.RunAsync(end.Token), CancellationToken.None)));
        using var timer = new PeriodicTimer(ProgressEvery, TimeProvider.System);
        while (await Task.WhenAny(sending, timer.WaitForNextTickAsync(CancellationToken.None).AsTask()) != sending)
        {
            if (book.Now >= options.Length)
            {
                book.Close();
            }

            // Without messages faults are of no interest.
            if (book.IsComplete && book.Left < TrustedSenders)
            {
                await faultsEnd.CancelAsync();
            }

            await injector.CheckAsync();
            await RetrySpoolsAsync(network);
            progress(Text($"{book.Now.TotalMinutes,6:0.0} of {options.Length.TotalMinutes:0.0} min: {book.Acknowledged:N0} of {book.Made:N0} acknowledged, {book.Retries:N0} attempts repeated, {injector.Faults.Count} faults"));
        }

        await sending;
        await faultsEnd.CancelAsync();
        await failing;
        var elapsed = book.Now;
        List<string> failures = [.. injector.Failures, .. book.WrongAnswers, .. await EmptySpoolsAsync(network), .. await StopAsync(network), .. await SettleAsync(network)];
        var deliveries = Deliveries.Compare(book, network.Routing, options.Messages, network.Hops.SelectMany(h => h.Arrivals()), injector.Faults);
        var result = new ChaosResult
        {
            Options = options,
            Elapsed = elapsed,
            Made = book.Made,
            Acknowledged = book.Acknowledged,
            Delivered = deliveries.Delivered,
            Lost = deliveries.Lost,
            Damaged = deliveries.Damaged,
            Doubled = deliveries.Doubled,
            Unexplained = deliveries.Unexplained,
            Left = book.Left,
            Retries = book.Retries,
            Refusals = book.Refusals,
            Failures = failures,
            Faults = injector.Faults.CountBy(f => f.Kind).ToDictionary(),
            Impossible = [.. injector.Impossible, .. network.Routing.HasPostfix ? Array.Empty<string>() : ["Postfix as a next hop: needs root and Postfix (apt-get install postfix)"]],
        };
        network.KeepsFiles = !result.IsClean;
        return result with { Logs = result.IsClean ? null : network.Folder };
    }

    private static IEnumerable<ChaosSender> Senders(ChaosOptions options, ChaosNetwork network, MessageBook book)
    {
        List<System.Net.IPEndPoint> nodes = [.. network.Nodes.Select(n => n.Smtp)];
        return Enumerable.Range(0, TrustedSenders + PersonalSenders)
            .Select(i => new ChaosSender(book, nodes, network.Routing, personal: i >= TrustedSenders, new Random(options.Seed + i)));
    }

    private static Task RetrySpoolsAsync(ChaosNetwork network) => Task.WhenAll(network.Nodes.Select(node => node.Spool.RetryAsync(network.Routing.SpooledDomains)));

    private static Task<IReadOnlyList<string>> EmptySpoolsAsync(ChaosNetwork network) => FailuresOfAsync(Eventually.HoldsAsync(
        "the spools to be empty",
        async () =>
        {
            await RetrySpoolsAsync(network);
            var left = await Task.WhenAll(network.Nodes.Select(node => node.Spool.MessagesAsync()));
            return left.All(messages => messages == 0);
        },
        TimeToFinish));

    private static Task<IReadOnlyList<string>> SettleAsync(ChaosNetwork network) => FailuresOfAsync(Task.WhenAll(network.Hops.Select(hop => hop.SettleAsync())));

    private static async Task<IReadOnlyList<string>> FailuresOfAsync(Task wait)
    {
        try
        {
            await wait;
            return [];
        }
        catch (TimeoutException e)
        {
            return [e.Message];
        }
    }

    // Each node stops cleanly, and leaves no text behind.
    private static async Task<IReadOnlyList<string>> StopAsync(ChaosNetwork network)
    {
        List<string> failures = [];
        foreach (var node in network.Nodes)
        {
            if (await node.Program.Process.StopAsync() is not 0 and var code)
            {
                failures.Add(Text($"{node.Name} exited with {code} after SIGTERM at the end"));
            }

            if (node.LeftTexts() is > 0 and var left)
            {
                failures.Add(Text($"{node.Name} left {left} texts on its disk"));
            }
        }

        return failures;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

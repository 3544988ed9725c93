namespace ThrottleNet.MxNode.Doctor;

/// <summary>Runs all checks of a domain at the same time, under one deadline.</summary>
internal sealed class DomainDoctor(Viewpoint viewpoint, DomainLookup lookup, NodeTrial trial, IEnumerable<IDomainCheck> checks, TimeProvider clock)
{
    private const string TooLate = "raise --timeout, or look at what is slow";

    /// <summary>Checks a domain. It ends within the deadline, whatever the hosts that it asks do.</summary>
    /// <param name="domain">Canonical.</param>
    /// <param name="deadline">The most time in all.</param>
    /// <param name="progress">Gets the groups that are still running.</param>
    /// <param name="cancel">Ends it; an exception follows.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<DoctorReport> ExamineAsync(string domain, TimeSpan deadline, IProgress<string>? progress, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        progress?.Report("MX records");
        DomainView view;
        try
        {
            view = await lookup.FindAsync(domain, either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Report(domain, null, [Finding.Fail("lookup", $"the MX records of {domain} were not there after {deadline.TotalSeconds:F0} s", TooLate) with { Group = "MX records" }]);
        }

        var running = new RunningGroups(checks.Select(check => check.Group), progress);
        var all = await Task.WhenAll(checks.Select(check => RunAsync(check, view, running, deadline, either.Token)));
        cancel.ThrowIfCancellationRequested();
        return Report(domain, trial.Known(), [.. all.SelectMany(findings => findings)]);
    }

    private DoctorReport Report(string domain, NodeAnswer? answer, IReadOnlyList<Finding> findings) =>
        new(domain, viewpoint.AsIf, findings.Max(f => f.Level), answer?.Reply.ToString(), findings);

    // A check that heeds no cancellation is left behind: its findings so far count.
    private static async Task<IReadOnlyList<Finding>> RunAsync(IDomainCheck check, DomainView view, RunningGroups running, TimeSpan deadline, CancellationToken late)
    {
        var found = new List<Finding>();
        try
        {
            await CollectAsync(check, view, found, late).WaitAsync(late);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            Add(found, Finding.Warn("deadline", $"not finished after {deadline.TotalSeconds:F0} s", TooLate));
        }
        catch (Exception e)
        {
            Add(found, Finding.Warn("error", $"the check failed: {e.Message}", "report this as a fault of the program"));
        }

        running.End(check.Group);
        lock (found)
        {
            return [.. found.Select(finding => finding with { Group = check.Group })];
        }
    }

    private static async Task CollectAsync(IDomainCheck check, DomainView view, List<Finding> found, CancellationToken late)
    {
        // The first part of a check must not hold the others up.
        await Task.Yield();
        await foreach (var finding in check.RunAsync(view, late))
        {
            Add(found, finding);
        }
    }

    private static void Add(List<Finding> found, Finding finding)
    {
        lock (found)
        {
            found.Add(finding);
        }
    }
}

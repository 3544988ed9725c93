namespace ThrottleNet.MxNode.Doctor;

/// <summary>One group of checks. All groups run at the same time.</summary>
internal interface IDomainCheck
{
    /// <summary>The heading of its findings.</summary>
    public string Group { get; }

    /// <summary>Makes the checks. What was found before the deadline counts.</summary>
    /// <param name="view">The domain's records.</param>
    /// <param name="cancel">The deadline.</param>
    public IAsyncEnumerable<Finding> RunAsync(DomainView view, CancellationToken cancel);
}

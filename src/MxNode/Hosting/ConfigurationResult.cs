namespace ThrottleNet.MxNode.Hosting;

/// <summary>A whole configuration, or every error in it; never both.</summary>
/// <param name="Configuration">The configuration; null when there are errors.</param>
/// <param name="Errors">One line each: the key, what is wrong, how to correct it.</param>
internal sealed record ConfigurationResult(NodeConfiguration? Configuration, IReadOnlyList<string> Errors);

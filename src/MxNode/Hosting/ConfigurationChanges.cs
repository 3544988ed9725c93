namespace ThrottleNet.MxNode.Hosting;

/// <summary>The difference between the configuration in force and one that was read again.</summary>
/// <param name="Effective">The configuration in force, with the new values of those settings that can change while the node runs.</param>
/// <param name="Applied">One line for each setting that changes: its key, and what changes.</param>
/// <param name="NeedRestart">One line for each setting that was changed in the file and keeps its value until the node is restarted.</param>
internal sealed record ConfigurationChanges(NodeConfiguration Effective, IReadOnlyList<string> Applied, IReadOnlyList<string> NeedRestart);

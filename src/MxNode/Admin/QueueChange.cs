using ThrottleNet.MxNode.Spool;

namespace ThrottleNet.MxNode.Admin;

/// <summary>Changes a message of the queue, or all messages to a domain.</summary>
internal static class QueueChange
{
    public const string NoSpool = "this node has no queue; set Spool:Enabled";

    /// <summary>The actions by name.</summary>
    private static readonly Dictionary<string, Func<QueueDesk, QueueEntry, Task>> Actions = new()
    {
        ["retry"] = static (desk, entry) => desk.RetryAsync(entry),
        ["hold"] = static (desk, entry) => desk.HoldAsync(entry),
        ["delete"] = static (desk, entry) => desk.DeleteAsync(entry),
    };

    public static bool IsAction(string action) => Actions.ContainsKey(action);

    /// <summary>Does an action that <see cref="IsAction"/> knows.</summary>
    /// <param name="desk">Has the queue.</param>
    /// <param name="subject">A message's id, or a domain.</param>
    /// <param name="action">retry, hold or delete.</param>
    /// <returns>How many messages were changed.</returns>
    public static async Task<int> ApplyAsync(QueueDesk desk, string subject, string action)
    {
        IReadOnlyList<QueueEntry> entries = QueueId.TryParse(subject, out var id) ? desk.Queue.Find(id) is { } entry ? [entry] : [] : [.. desk.Queue.All().Where(e => e.Domain == subject)];
        foreach (var one in entries)
        {
            await Actions[action](desk, one);
        }

        return entries.Count;
    }

    /// <summary>Says that the queue does not hold a subject.</summary>
    public static string Unknown(string subject) => $"the queue holds no message {subject}, and none to a domain of that name; see: queue list";
}

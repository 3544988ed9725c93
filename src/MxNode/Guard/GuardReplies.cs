using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Guard;

/// <summary>The guard's answers as Postfix takes them (access(5)). 421 makes it hang up, too.</summary>
internal sealed class GuardReplies(GuardOptions options, NetworkOptions network)
{
    private readonly string _magic = network.Names is [var name, ..] ? name : "the magic MX";

    public string For(GuardReason reason) => reason switch
    {
        GuardReason.Authenticated or GuardReason.Trusted or GuardReason.Relay => "DUNNO",
        GuardReason.Seen => $"DEFER 4.7.1 The network is slowing this host down; {_magic} will take its mail, try there again",
        GuardReason.Courtesy => $"DEFER 4.7.1 This domain takes mail from unknown hosts through {_magic} only",
        GuardReason.Exhausted => $"{(options.Refuse ? "554 5.7.1" : "421 4.7.1")} This domain takes mail from unknown hosts through {_magic} only",
        _ => "DEFER 4.3.0 It cannot be told now whether this host may send here directly; try again later",
    };

    /// <summary>The answer in the metrics.</summary>
    public static string NameOf(GuardReason reason) => reason switch
    {
        GuardReason.Authenticated or GuardReason.Trusted or GuardReason.Relay => "pass",
        GuardReason.Seen => "seen",
        GuardReason.Courtesy => "courtesy",
        GuardReason.Exhausted => "refuse",
        _ => "unsure",
    };
}

using ThrottleNet.MxNode.Dns;

namespace ThrottleNet.MxNode.Trust;

/// <summary>What the trust commands work on.</summary>
/// <param name="DataDirectory">The node's data directory; logs and the key are in its folder trust.</param>
/// <param name="Options">The configuration's section.</param>
/// <param name="Dns">Asked when a subject is enrolled.</param>
/// <param name="Clock">For issued and expires.</param>
internal sealed record TrustContext(string DataDirectory, TrustOptions Options, IDnsResolver Dns, TimeProvider Clock)
{
    public TrustStore Store { get; } = new(FolderOf(DataDirectory), Clock);

    public string DefaultKeyPath => Path.Combine(Store.Folder, "key.pem");

    public static string FolderOf(string dataDirectory) => Path.Combine(dataDirectory, "trust");

    public TrustState Load() => TrustState.Load(Store, Options.Roots, Clock.GetUtcNow());
}

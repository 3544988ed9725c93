using ThrottleNet.MxNode.Dns;

namespace ThrottleNet.MxNode.Trust;

/// <summary>The data directory, key and list that an admin's commands work on.</summary>
/// <param name="DataDirectory">The node's data directory; logs and the key are in its folder trust.</param>
/// <param name="Options">Section Trust of the configuration.</param>
/// <param name="Dns">Resolves a subject when it is enrolled.</param>
/// <param name="Clock">Gives the times issued and expires.</param>
internal sealed record TrustContext(string DataDirectory, TrustOptions Options, IDnsResolver Dns, TimeProvider Clock)
{
    public TrustStore Store { get; } = new(TrustStore.FolderOf(DataDirectory), Clock);

    public string DefaultKeyPath => Path.Combine(Store.Folder, "key.pem");

    public TrustState Load() => TrustState.Load(Store, Options.Roots, Clock.GetUtcNow());
}

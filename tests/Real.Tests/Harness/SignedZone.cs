namespace ThrottleNet.Real.Tests.Harness;

/// <summary>A zone below test. that is signed (by ldns) and that the resolver of a <see cref="NameServer"/> validates.</summary>
/// <param name="Name">The zone's name, without a dot at its end.</param>
/// <param name="Records">Its records, as a zone file has them.</param>
internal sealed record SignedZone(string Name, string Records)
{
    /// <summary>The programs that it needs.</summary>
    public const string KeyMaker = "ldns-keygen", Signer = "ldns-signzone";

    /// <summary>Changes the lines of the signed zone: a record whose signature is another record's is bogus.</summary>
    public Func<string, string> Poison { get; init; } = line => line;

    /// <summary>Writes NAME.zone, signed, and NAME.key, which the resolver trusts.</summary>
    public async Task SignAsync(TemporaryFolder folder)
    {
        var plain = folder.Write($"{Name}.plain", $"$ORIGIN {Name}.\n{NameServer.StartOfAuthority}{Records}");
        var key = (await Tool.RunAsync(KeyMaker, ["-a", "ECDSAP256SHA256", "-k", Name], workingFolder: folder.Path)).Expect(0).Output.Trim();
        (await Tool.RunAsync(Signer, ["-f", folder.File($"{Name}.signed"), plain, key], workingFolder: folder.Path)).Expect(0);
        await File.WriteAllLinesAsync(folder.File($"{Name}.zone"), File.ReadLines(folder.File($"{Name}.signed")).Select(Poison));
        File.Copy(folder.File($"{key}.key"), folder.File($"{Name}.key"));
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>pki</c>: makes the certificates by which the nodes of a network know each other, and the key that seals messages.</summary>
internal static class PkiCommand
{
    private const string AuthorityName = "authority";
    private const int AuthorityDays = 3650;
    private const int NodeDays = 365;

    // RFC 8301, section 3.2: signers should use at least 2048 bits. Some verifiers take no more.
    private const int ArcKeyBits = 2048;

    // A string of a TXT record has at most 255 octets (RFC 1035, section 3.3).
    private const int MaxString = 255;

    public static Command Create() => new("pki", "Make a network's authority, certificates for its nodes, and the key that seals messages.") { Init(), Issue(), Arc() };

    private static Command Init()
    {
        var network = new Option<string>("--network") { Description = "The network's name, e.g. throttle-mx.example.net.", HelpName = "NAME" };
        network.Validators.Add(Must(IsNetworkName, "is not a network name; use a DNS name of up to 64 characters, e.g. throttle-mx.example.net"));
        var cluster = new Option<string>("--cluster") { Description = "Instead: the name of a cluster (Cluster:Name), whose nodes connect under certificates of this authority.", HelpName = "NAME" };
        cluster.Validators.Add(Must(IsNodeName, "is not a cluster's name; use up to 63 letters, digits, - _ or ."));
        var days = Days(AuthorityDays);
        var folder = Out();
        var command = new Command("init", "Make a network's or a cluster's authority: authority.pem, which every node needs, and authority.key, which you keep to yourself.") { network, cluster, days, folder };
        command.Validators.Add(result =>
        {
            if ((result.GetResult(network) is null) == (result.GetResult(cluster) is null))
            {
                result.AddError(result.GetResult(network) is null ? "Option '--network' or '--cluster' is required." : "Options '--network' and '--cluster' exclude each other; a cluster has an authority of its own.");
            }
        });
        command.SetAction(parsed => Run(() =>
        {
            var (pem, key) = Files(parsed.GetValue(folder)!, AuthorityName);
            ExpectNone(key, pem);
            using var secret = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var section = parsed.GetValue(cluster) is null ? "Exchange" : "Cluster";
            using var certificate = CertificateAuthority.Create(
                parsed.GetValue(cluster) ?? parsed.GetValue(network)!, TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(parsed.GetValue(days)), secret, parsed.GetValue(cluster) is not null);
            PemFiles.WriteNewKey(key, secret);
            PemFiles.WriteCertificate(pem, certificate);
            Console.WriteLine($"{pem}: give it to every node ({section}:Authority)");
            Console.WriteLine($"{key}: keep it secret, and on no node: it admits nodes to the {(section == "Cluster" ? "cluster" : "network")}");
        }));
        return command;
    }

    private static Command Issue()
    {
        var authority = new Option<string>("--authority") { Description = "The folder with authority.pem and authority.key.", HelpName = "DIR", Required = true };
        var name = new Option<string>("--name") { Description = "The node's name among its operator's nodes.", HelpName = "NAME", Required = true };
        name.Validators.Add(Must(IsNodeName, "is not a node name; use up to 63 letters, digits, - _ or ."));
        var owner = new Option<string>("--operator") { Description = "Who runs the node. Reports of one operator's nodes count as one.", HelpName = "NAME", Required = true };
        owner.Validators.Add(Must(IsOperatorName, "is not an operator's name; use up to 64 printable characters"));
        var hosts = new Option<string[]>("--host") { Description = "An IP address or DNS name of the node; may be repeated. A guard needs none.", HelpName = "HOST", Arity = ArgumentArity.OneOrMore };
        hosts.Validators.Add(Must(IsHost, "is not a host; write an IP address or a DNS name"));
        var egress = new Option<string[]>("--egress") { Description = "An IP address that the node's mail leaves from, where that is no --host; may be repeated. Guards then know the relay by it.", HelpName = "ADDRESS", Arity = ArgumentArity.OneOrMore };
        egress.Validators.Add(Must(text => IPAddress.TryParse(text, out _), "is not an IP address"));
        var days = Days(NodeDays);
        var folder = Out();
        var renew = new Option<bool>("--renew") { Description = "Replace the certificate and keep the key: to its peers the node stays the same." };
        var guard = new Option<bool>("--guard") { Description = "Issue for a guard: it may ask the network's relays about hosts, and takes no part in counting." };
        var command = new Command("issue", "Issue a node's certificate and key: NAME.pem and NAME.key.") { authority, name, owner, hosts, egress, days, folder, renew, guard };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(guard) && result.GetResult(hosts) is null)
            {
                result.AddError("Option '--host' is required.");
            }
        });
        command.SetAction(parsed => Run(() =>
        {
            var (authorityPem, authorityKey) = (Path.Combine(parsed.GetValue(authority)!, AuthorityName + ".pem"), Path.Combine(parsed.GetValue(authority)!, AuthorityName + ".key"));
            using var issuer = ReadAuthority(authorityPem, authorityKey);
            var (pem, key) = Files(parsed.GetValue(folder)!, parsed.GetValue(name)!);
            var again = parsed.GetValue(renew);
            if (!again)
            {
                ExpectNone(key, pem);
            }

            using var secret = again ? ReadKey(key) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = new CertificateAuthority(issuer).Issue(
                parsed.GetValue(name)!, parsed.GetValue(owner)!, [.. parsed.GetValue(hosts) ?? [], .. (parsed.GetValue(egress) ?? []).Select(text => EgressNames.Of(IPAddress.Parse(text)))], TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(parsed.GetValue(days)), secret, parsed.GetValue(guard));
            if (!again)
            {
                PemFiles.WriteNewKey(key, secret);
            }

            PemFiles.WriteCertificate(pem, certificate);
            var section = NodeIdentity.UnitOf(issuer) == CertificateAuthority.ClusterUnit ? "Cluster" : "Exchange";
            Console.WriteLine($"{pem}: {section}:Certificate, valid until {certificate.NotAfter.ToUniversalTime():u}");
            Console.WriteLine($"{key}: {section}:Key");
        }));
        return command;
    }

    private static Command Arc()
    {
        var domain = new Option<string>("--domain") { Description = "The domain that seals (Relay:Arc:Domain), whose DNS you can edit.", HelpName = "NAME", Required = true };
        domain.Validators.Add(Must(HostNames.IsCanonical, "is not a lower-case domain; write one such as relay.example.net"));
        var selector = new Option<string>("--selector") { Description = "The name of the key (Relay:Arc:Selector).", HelpName = "NAME", DefaultValueFactory = _ => "arc" };
        selector.Validators.Add(Must(HostNames.IsCanonical, "is not a selector; use lower-case letters, digits and hyphens"));
        var folder = Out();
        var command = new Command("arc", "Make the key that seals messages (RFC 8617): SELECTOR.DOMAIN.key; print the TXT record to publish. A key that exists is kept.") { domain, selector, folder };
        command.SetAction(parsed => Run(() =>
        {
            var name = $"{parsed.GetValue(selector)}.{parsed.GetValue(domain)}";
            var (_, key) = Files(parsed.GetValue(folder)!, name);
            if (!File.Exists(key))
            {
                using var secret = RSA.Create(ArcKeyBits);
                PemFiles.WriteNewKey(key, secret);
            }

            Console.WriteLine($"{key}: Relay:Arc:Key; keep it secret");
            Console.WriteLine("Publish this record before you set Relay:Authentication to Arc:");
            var record = ReadArcKey(key).Chunk(MaxString).Select(part => $"\"{new string(part)}\"");
            Console.WriteLine($"{parsed.GetValue(selector)}._domainkey.{parsed.GetValue(domain)}. IN TXT ( {string.Join(' ', record)} )");
        }));
        return command;
    }

    private static string ReadArcKey(string file)
    {
        try
        {
            return ArcKey.PublicRecord(ArcKey.Read(file));
        }
        catch (CryptographicException e)
        {
            throw new IOException($"{file} exists and cannot be used ({e.Message.TrimEnd('.')}); move the file away", e);
        }
    }

    private static Option<int> Days(int usual)
    {
        var days = new Option<int>("--days") { Description = "Days that the certificate is valid.", HelpName = "N", DefaultValueFactory = _ => usual };
        days.Validators.Add(Must(t => int.TryParse(t, out var n) && n is > 0 and <= 36500, "is not a number of days; write 1 to 36500"));
        return days;
    }

    private static Option<string> Out() => new("--out") { Description = "The folder for the files, made if it is missing.", HelpName = "DIR", Required = true };

    private static Action<OptionResult> Must(Func<string, bool> holds, string otherwise) => result =>
    {
        foreach (var token in result.Tokens.Where(t => !holds(t.Value)))
        {
            result.AddError($"{result.Option.Name}: \"{token.Value}\" {otherwise}");
        }
    };

    private static bool IsNetworkName(string text) => text.Length <= CertificateAuthority.MaxName && Uri.CheckHostName(text) == UriHostNameType.Dns;

    private static bool IsNodeName(string text) => text.Length is > 0 and <= 63 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && text != "." && text != "..";

    private static bool IsOperatorName(string text) => text.Trim() == text && text.Length is > 0 and <= CertificateAuthority.MaxName && !text.Any(char.IsControl);

    private static bool IsHost(string text) => IPAddress.TryParse(text, out _) || Uri.CheckHostName(text) == UriHostNameType.Dns;

    private static (string Certificate, string Key) Files(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        return (Path.Combine(folder, name + ".pem"), Path.Combine(folder, name + ".key"));
    }

    private static void ExpectNone(params ReadOnlySpan<string> files)
    {
        foreach (var file in files)
        {
            if (File.Exists(file))
            {
                throw new IOException($"{file} exists and is not replaced; name another folder with --out, or move the file away");
            }
        }
    }

    private static X509Certificate2 ReadAuthority(string pem, string key)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(pem, key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new IOException($"{pem} and {key} are not a certificate and its key ({e.Message.TrimEnd('.')}); name the folder of 'pki init' with --authority", e);
        }
    }

    private static ECDsa ReadKey(string file)
    {
        try
        {
            return PemFiles.ReadKey(file);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new IOException($"{file} is not a private key in PEM ({e.Message.TrimEnd('.')}); put the node's key there, or issue without --renew in another folder", e);
        }
    }

    // Runs the work; prints what went wrong on one line.
    private static int Run(Action work)
    {
        try
        {
            work();
            return CommandLine.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message.TrimEnd('.'));
            return CommandLine.Failed;
        }
    }
}

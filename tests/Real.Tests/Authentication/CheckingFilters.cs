using System.Net;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Real.Tests.Content;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Authentication;

/// <summary>Independent programs with which a destination checks senders, configured to trust the relays of a network by the lines of docs/domain-owner.md.</summary>
internal static class CheckingFilters
{
    /// <summary>The name under which the destination writes results of its own.</summary>
    public const string AuthservId = "mx.destination.test";

    /// <summary>opendkim, which verifies and writes its results.</summary>
    public static Task<RealFilter> OpenDkimAsync(IEnumerable<DnsRecord> records)
    {
        var folder = new TemporaryFolder();
        var nameServer = Loopback.Next();
        var file = folder.Write("opendkim.conf", $"""
            Nameservers {nameServer}
            Syslog no
            Socket local:{RealFilter.SocketFile(folder)}
            UMask 000
            Mode v
            InternalHosts {folder.Write("internal", "192.0.2.99\n")}
            RequireSafeKeys no
            UserID root
            AuthservID {AuthservId}
            AlwaysAddARHeader yes

            """);
        return RealFilter.WithDnsAsync(folder, nameServer, records, "opendkim", ["-f", "-x", file]);
    }

    /// <summary>opendmarc, which takes the results of the network from the relay, and rejects what the policy of the From field says.</summary>
    public static Task<RealFilter> OpenDmarcAsync(IEnumerable<DnsRecord> records, string network)
    {
        var folder = new TemporaryFolder();
        var file = folder.Write("opendmarc.conf", $"""
            Syslog false
            Socket local:{RealFilter.SocketFile(folder)}
            UMask 000
            UserID root
            AuthservID {AuthservId}
            {Trusted(OwnerDocument.Row("opendmarc")[0])}
            IgnoreHosts {folder.Write("ignore", "192.0.2.99\n")}
            {OwnerDocument.Row("opendmarc")[1]}
            RejectFailures true

            """);
        return RealFilter.WithDnsAsync(folder, Loopback.Next(), records, "opendmarc", ["-f", "-c", file]);

        string Trusted(string line) => line.Replace("throttle-mx.example.net", network, StringComparison.Ordinal).Replace("mail.example.com", AuthservId, StringComparison.Ordinal);
    }

    /// <summary>rspamd with its modules for DKIM, SPF, DMARC and ARC. It rejects what fails SPF and a DMARC policy of reject, unless a trusted seal speaks for it.</summary>
    public static Task<RealFilter> RspamdAsync(IEnumerable<DnsRecord> records, string sealer)
    {
        var folder = new TemporaryFolder();
        var nameServer = Loopback.Next();
        folder.Write("tld.dat", "com\ntest\n");
        var modules = string.Join(' ', new[] { "spf", "dmarc", "arc", "milter_headers" }.Select(m => $"path = \"/usr/share/rspamd/plugins/{m}.lua\";"));
        var file = folder.Write("rspamd.conf", $$"""
            options {
              pidfile = "{{folder.File("pid")}}"; tempdir = "{{folder.Path}}"; cache_file = "{{folder.File("symbols")}}"; hs_cache_dir = "{{folder.Path}}"; maps_cache_dir = "{{folder.Path}}";
              url_tld = "{{folder.File("tld.dat")}}"; filters = "dkim"; local_addrs = ["192.0.2.99"]; check_local = true;
              dns { nameserver = ["{{nameServer}}:53:1"]; timeout = 1s; retransmits = 2; }
            }
            logging { type = "console"; level = "info"; color = false; }
            actions { reject = 2.5; add_header = 100; greylist = null; }
            modules { {{modules}} }
            group "policies" { symbols { "R_SPF_FAIL" { weight = 1.0; } "DMARC_POLICY_REJECT" { weight = 2.0; } "R_DKIM_ALLOW" { weight = -0.2; } } }
            dkim { check_local = true; } spf { check_local = true; } dmarc { check_local = true; }
            arc { check_local = true; {{OwnerDocument.Row("rspamd")[0].Replace("relay.example.net", sealer, StringComparison.Ordinal)}} }
            milter_headers { use = ["x-spamd-result"]; skip_local = false; }
            worker "rspamd_proxy" {
              bind_socket = "{{RealFilter.SocketFile(folder)}} mode=0666"; count = 1; milter = yes; timeout = 10s;
              upstream "local" { default = yes; self_scan = yes; }
            }
            """);
        return RealFilter.WithDnsAsync(folder, nameServer, records, "rspamd", ["-f", "-i", "-c", file]);
    }
}

using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Cli;

/// <summary>
/// The command <c>doctor DOMAIN</c>: checks whether a domain's mail goes through this network, as a sender, a relay and a guard see it. Exit code 0: no
/// check failed; 1: one did.
/// </summary>
internal static class DoctorCommand
{
    private const int UsualSeconds = 60;
    private const int MostSeconds = 600;

    public static Command Create()
    {
        var domain = new Argument<string>("DOMAIN") { Description = "The domain to check." };
        domain.Validators.Add(result => RequireDomain(result.Tokens.SingleOrDefault()?.Value ?? "", result.AddError));
        var asIf = new Option<string?>("--as-if") { Description = "Checks as if the domain had published MX 0 NAME already.", HelpName = "NAME" };
        asIf.Validators.Add(result => RequireDomain(result.Tokens.SingleOrDefault()?.Value ?? "", result.AddError));
        var timeout = new Option<int>("--timeout") { Description = $"The most seconds for all checks together, 1 to {MostSeconds}.", HelpName = "SECONDS", DefaultValueFactory = _ => UsualSeconds };
        timeout.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var seconds) || seconds is < 1 or > MostSeconds))
            {
                result.AddError($"--timeout: \"{result.Tokens[0].Value}\" is not a number of seconds between 1 and {MostSeconds}");
            }
        });
        var config = CommandLine.ConfigOption();
        var set = CommandLine.SetOption();
        var json = CommandLine.JsonOption();
        var command = new Command(
            "doctor", "Check whether a domain's mail goes through this network: its MX records, relays, mail servers, policies and guard (exit 1 if a check fails).") { domain, asIf, timeout, config, set, json };
        command.SetAction(async (parsed, cancel) =>
        {
            if (CommandLine.Load(parsed, config, set) is not { } configuration)
            {
                return CommandLine.WrongUsage;
            }

            var plan = parsed.GetValue(asIf) is { } magic ? Canonical(magic) : null;
            if (plan is not null && !configuration.Network.Names.Any(name => DnsName.IsAtOrUnder(plan, name)))
            {
                configuration = configuration with { Network = configuration.Network with { Names = [.. configuration.Network.Names, plan] } };
            }

            await using var services = Wire(configuration, Canonical(parsed.GetValue(domain)!)!, plan);
            var report = await DoctorOutput.WithProgressAsync(progress => services.GetRequiredService<DomainDoctor>().ExamineAsync(
                Canonical(parsed.GetValue(domain)!)!, TimeSpan.FromSeconds(parsed.GetValue(timeout)), progress, cancel));
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(report, DoctorJson.Default.DoctorReport));
            }
            else
            {
                DoctorOutput.Write(report);
            }

            return report.Healthy ? CommandLine.Done : CommandLine.Failed;
        });
        return command;
    }

    private static ServiceProvider Wire(NodeConfiguration configuration, string domain, string? plan)
    {
        // A guard's host name is its mail server's. The doctor looks as a relay would, and to a relay that is a real MX.
        var hostName = configuration.Smtp.Listen.Count > 0 ? configuration.Node.HostName : $"doctor.{configuration.Node.HostName}";
        var self = new OwnIdentity(hostName) { Sources = configuration.Relay.SourceAddresses };
        self.ListensOn(configuration.Smtp.Listen);
        var services = new ServiceCollection()
            .AddSingleton(TimeProvider.System)
            .AddLogging()
            .AddDns(configuration.Dns)
            .AddRelay(configuration.Network, configuration.Relay, self, configuration.Node.DataDirectory)
            .AddDoctor(ViewpointOf(configuration) with { AsIf = plan });
        if (plan is not null)
        {
            services.AddSingleton<DnsResolver>().AddSingleton<IDnsResolver>(provider => new PlannedDns(provider.GetRequiredService<DnsResolver>(), domain, plan));
        }

        return services.BuildServiceProvider();
    }

    private static Viewpoint ViewpointOf(NodeConfiguration configuration)
    {
        var node = AdminClient.Of(configuration.Admin);
        return new Viewpoint
        {
            Certificate = configuration.Exchange is { IsOn: true, Certificate: { } file } && configuration.Smtp.Listen.Count > 0 ? NamesOf(file) : null,
            PeersAsync = async cancel => node is null ? null : await node.TryAskAsync("api/peers", AdminJson.Default.ExchangeReport, cancel),
            Guard = configuration.Guard,
            AskAsync = async (address, cancel) => node is null ? null : await node.TryAskAsync($"api/ask/{address}", AdminJson.Default.SightingReport, cancel),
            MaxMessageSize = configuration.Smtp.Listen.Count > 0 ? configuration.Smtp.MaxMessageSize : long.MaxValue,
        };
    }

    private static SubjectAltNames NamesOf(string file)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
        return SubjectAltNames.Of(certificate);
    }

    private static void RequireDomain(string text, Action<string> fail)
    {
        if (Canonical(text) is null)
        {
            fail($"\"{text}\" is not a domain; write one such as example.com");
        }
    }

    // The domain as a node reads it in a recipient's address: lower case, A-labels. Null if it is not one.
    private static string? Canonical(string domain) =>
        EnvelopeParser.TryParseRcpt($"TO:<postmaster@{domain}>", smtpUtf8: true, out var rcpt, out _) && HostNames.IsCanonical(rcpt!.ForwardPath.Domain)
            ? rcpt.ForwardPath.Domain
            : null;
}

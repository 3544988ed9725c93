using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>doctor DOMAIN</c>: checks a domain's MX records, and says what this node would do with its mail.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var domain = new Argument<string>("DOMAIN") { Description = "The domain whose MX records are checked." };
        domain.Validators.Add(result =>
        {
            if (Canonical(result.Tokens.SingleOrDefault()?.Value ?? "") is null)
            {
                result.AddError($"\"{result.Tokens.SingleOrDefault()?.Value}\" is not a domain; write one such as example.com");
            }
        });
        var config = CommandLine.ConfigOption();
        var set = CommandLine.SetOption();
        var json = CommandLine.JsonOption();
        var command = new Command("doctor", "Check whether a domain's mail goes through this network: its MX records, its magic MX, its real MX (exit 1 if this node would not take its mail).") { domain, config, set, json };
        command.SetAction(async (parsed, cancel) =>
        {
            if (CommandLine.Load(parsed, config, set) is not { } configuration)
            {
                return CommandLine.WrongUsage;
            }

            await using var services = new ServiceCollection()
                .AddSingleton(TimeProvider.System)
                .AddLogging()
                .AddDns(configuration.Dns)
                .AddRelay(configuration.Network, configuration.Relay, new OwnIdentity(configuration.Node.HostName), configuration.Node.DataDirectory)
                .AddSingleton<DomainDoctor>()
                .AddSingleton<EgressDoctor>()
                .BuildServiceProvider();
            var report = await services.GetRequiredService<DomainDoctor>().ExamineAsync(Canonical(parsed.GetValue(domain)!)!, cancel);
            if (configuration.Exchange is { IsOn: true, Certificate: { } file } && configuration.Smtp.Listen.Count > 0)
            {
                using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
                var peers = AdminClient.Of(configuration.Admin) is { } node ? await node.TryAskAsync("api/peers", AdminJson.Default.ExchangeReport, cancel) : null;
                report = report with { Findings = [.. report.Findings, .. await services.GetRequiredService<EgressDoctor>().ExamineAsync(SubjectAltNames.Of(certificate), peers, cancel)] };
            }

            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(report, DoctorJson.Default.DoctorReport));
            }
            else
            {
                foreach (var finding in report.Findings)
                {
                    Console.WriteLine($"{(finding.Level switch { FindingLevel.Good => "ok   ", FindingLevel.Warning => "warn ", _ => "FAIL " })} {finding.Text}");
                }
            }

            return report.Healthy ? CommandLine.Done : CommandLine.Failed;
        });
        return command;
    }

    // The domain as a node reads it in a recipient's address: lower case, A-labels. Null if it is not one.
    private static string? Canonical(string domain) =>
        EnvelopeParser.TryParseRcpt($"TO:<postmaster@{domain}>", smtpUtf8: true, out var rcpt, out _) && HostNames.IsCanonical(rcpt!.ForwardPath.Domain)
            ? rcpt.ForwardPath.Domain
            : null;
}

namespace ThrottleNet.Protocol.Milter;

/// <summary>The macros that are sent where a filter does not ask for others: Postfix's lists (postconf(5), milter_*_macros).</summary>
public static class MilterMacros
{
    private static readonly string[] Id = ["i"];

    private static readonly Dictionary<MilterStage, IReadOnlyList<string>> Lists = new()
    {
        [MilterStage.Connect] = ["j", "{daemon_name}", "{daemon_addr}", "v", "_"],
        [MilterStage.Helo] = ["{tls_version}", "{cipher}", "{cipher_bits}", "{cert_subject}", "{cert_issuer}"],
        [MilterStage.Mail] = ["i", "{auth_type}", "{auth_authen}", "{auth_author}", "{mail_addr}", "{mail_host}", "{mail_mailer}"],
        [MilterStage.Recipient] = ["i", "{rcpt_addr}", "{rcpt_host}", "{rcpt_mailer}"],
        [MilterStage.Data] = Id,
        [MilterStage.EndOfMessage] = Id,
        [MilterStage.EndOfHeaders] = Id,
    };

    /// <summary>The names for a stage, in braces where they are longer than one character.</summary>
    public static IReadOnlyList<string> Names(MilterStage stage, MilterOptions options) =>
        options.Macros.TryGetValue(stage, out var asked) ? asked : Lists[stage];
}

using System.CommandLine;
using System.Text;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary><c>trust key new</c> and <c>trust key show</c>.</summary>
internal static class TrustKeyCommands
{
    public static Command Create(Func<ParseResult, TrustContext?> load) => new("key", "An admin's signing key.") { New(load), Show(load) };

    public static Option<string?> KeyOption() => new("--key") { Description = "The key file (PEM); DATA/trust/key.pem if not given.", HelpName = "FILE" };

    private static Command New(Func<ParseResult, TrustContext?> load)
    {
        var command = new Command("new", "Make a key, in a file that only its owner may read. It never replaces one.");
        var file = command.Take(KeyOption());
        var json = command.Take(CommandLine.JsonOption());
        return command.With(load, (parsed, context, _) =>
        {
            var path = parsed.GetValue(file) ?? context.DefaultKeyPath;
            if (File.Exists(path))
            {
                throw new TrustRefusalException($"{path} exists; statements signed with it need it to be continued. Name another file with --key");
            }

            using var key = SigningKey.Create();
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            AtomicFile.WriteSecret(path, Encoding.ASCII.GetBytes(key.ToPem() + "\n"));
            Print(parsed, key, path, parsed.GetValue(json));
            return Task.FromResult(CommandLine.Done);
        });
    }

    private static Command Show(Func<ParseResult, TrustContext?> load)
    {
        var command = new Command("show", "Print a key's id, for Trust:Roots and for 'trust delegate', and its public half.");
        var file = command.Take(KeyOption());
        var json = command.Take(CommandLine.JsonOption());
        return command.With(load, (parsed, context, _) =>
        {
            var path = parsed.GetValue(file) ?? context.DefaultKeyPath;
            using var key = StatementAuthor.LoadKey(path);
            Print(parsed, key, path, parsed.GetValue(json));
            return Task.FromResult(CommandLine.Done);
        });
    }

    private static void Print(ParseResult parsed, SigningKey key, string path, bool json)
    {
        if (json)
        {
            parsed.PrintJson(new KeyReport(key.Public.Id, key.Public.Text, path), TrustJson.Plain.KeyReport);
            return;
        }

        parsed.InvocationConfiguration.Output.WriteLine($"key id:     {key.Public.Id}\npublic key: {key.Public.Text}\nfile:       {path} (keep it secret, and keep a copy)");
    }
}

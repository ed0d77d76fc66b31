using System.CommandLine;
using System.Text;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Commands.Adapter;

/// <summary><c>edgeflora adapter key</c>.</summary>
internal sealed class AdapterKeyCommand : ServiceCommand
{
    private readonly Option<string?> target;

    public AdapterKeyCommand()
        : this(new("--out")
        {
            Description = "File to write it to, for 'edgeflora adapter verify --key FILE'; without it, it is shown",
            HelpName = "FILE",
        })
    {
    }

    private AdapterKeyCommand(Option<string?> target)
        : base("key", "Get the public key that a service signs adapters with.", target) => this.target = target;

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        SigningKey key = await client.GetAsync<SigningKey>("/api/v1/signing-key", stop);
        if (parsed.GetValue(target) is { } file)
        {
            AtomicFile.Write(file, stream => stream.Write(Encoding.ASCII.GetBytes(key.PublicKey)));
            answer.Show(key, _ => [$"key {key.KeyId} in {file}"]);
            return ExitCode.Done;
        }

        answer.Show(key, _ => [key.KeyId, .. key.PublicKey.TrimEnd().Split('\n')]);
        return ExitCode.Done;
    }
}

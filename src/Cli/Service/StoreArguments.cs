using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Configuration;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Service;

/// <summary>Where a service keeps runs and fleet. The command line counts before the environment, which counts before the file.</summary>
internal sealed class StoreArguments
{
    /// <summary>
    /// PostgreSQL database of a service, <c>postgres://USER:PASSWORD@HOST/DATABASE</c>; nobody but the process's owner can read its environment.
    /// </summary>
    public const string Variable = "EDGEFLORA_STORE";

    /// <summary>File whose first line is the password of the service's database.</summary>
    private const string PasswordVariable = "EDGEFLORA_STORE_PASSWORD_FILE";

    /// <summary>Name under which systemd hands the password over: <c>LoadCredential=store-password:FILE</c>.</summary>
    private const string PasswordCredential = "store-password";

    private readonly Option<string?> url = new("--store")
    {
        Description = $"PostgreSQL that several coordinators share, postgres://USER@HOST:PORT/DATABASE; without it {Variable}, or a file in the "
            + $"state folder for this one alone. The password's file is named by {PasswordVariable} or store.passwordFile",
        HelpName = "URL",
    };

    public IEnumerable<Option> All => [url];

    /// <param name="file">With its paths as this process finds them.</param>
    /// <returns>Null: a file in the state folder.</returns>
    /// <exception cref="InputException">A password stands where others can read it.</exception>
    /// <exception cref="CoordinatorOptionsException">A value cannot be used.</exception>
    public PostgresOptions? Read(ParseResult parsed, ServiceConfiguration file) => Read(parsed.GetValue(url), file);

    /// <summary>The same where the command line has no such option, or <paramref name="typed"/> on it.</summary>
    public static PostgresOptions? Read(string? typed, ServiceConfiguration file)
    {
        (string setting, string? given) = typed is not null ? ("--store", typed)
            : GivenByEnvironment.Value(Variable) is { } named ? (Variable, named) : ("store.url", file.Store);
        if (given is null)
        {
            if (file.StoreBodies is { } place and not BodyPlace.Folder)
            {
                throw new InputException(
                    $"store.bodies is {place.ToString().ToLowerInvariant()}, but store.url is missing; give PostgreSQL's URL, or leave store.bodies "
                        + "out");
            }

            BucketArguments.RefuseIdle(file);
            return file.StorePasswordFile is null && file.StoreCa is null && file.StoreLease is null && file.StoreTimeout is null
                ? null
                : throw new InputException(
                    "store.passwordFile, store.ca, store.lease or store.timeout is given without store.url; give PostgreSQL's URL");
        }

        if (setting != Variable && PostgresOptions.HoldsPassword(given))
        {
            throw new InputException(
                $"{setting} holds a password, which others can read; name a file with store.passwordFile or {PasswordVariable}, use the systemd "
                    + $"credential {PasswordCredential}, or set {Variable}");
        }

        return PostgresOptions.Read(given, setting, PasswordFile(file), file.StoreCa)
            .With(file.StoreLease, file.StoreTimeout, file.StoreBodies == BodyPlace.Postgres, BucketArguments.Read(file));
    }

    private static string? PasswordFile(ServiceConfiguration file) =>
        GivenByEnvironment.Value(PasswordVariable) ?? GivenByEnvironment.Credential(PasswordCredential) ?? file.StorePasswordFile;
}

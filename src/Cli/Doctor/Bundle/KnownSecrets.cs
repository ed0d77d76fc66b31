using System.Collections;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Credentials;

namespace EdgeFlora.Cli.Doctor.Bundle;

/// <summary>The secrets that a user may have given to EdgeFlora on this machine, wherever they may be given.</summary>
internal static class KnownSecrets
{
    private static readonly string[] Words = ["PASSWORD", "TOKEN", "SECRET", "API_KEY", "APIKEY", "ACCESS_KEY"];

    /// <summary>Of variables that sound secret: shorter ones are words such as <c>true</c>.</summary>
    private const int ShortestOfEnvironment = 6;

    /// <summary>Of arguments of the owner's trainer: shorter ones are words.</summary>
    private const int ShortestArgument = 8;

    /// <param name="settings">Null where they could not be read.</param>
    public static IEnumerable<string> Of(ConfiguredAgent? settings) =>
        [.. OfEnvironment(), .. OfContexts(), .. settings is null ? [] : OfAgent(settings)];

    private static IEnumerable<string> OfEnvironment()
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            (string name, string value) = ((string)variable.Key, (string?)variable.Value ?? "");
            if (value.Length >= ShortestOfEnvironment && Words.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
            {
                yield return value;
                yield return FirstLine(value) ?? "";
            }

            foreach (string secret in OfUrl(value))
            {
                yield return secret;
            }
        }

        if (GivenByEnvironment.Value(GivenByEnvironment.Credentials) is { } folder && Directory.Exists(folder))
        {
            foreach (string file in Directory.EnumerateFiles(folder))
            {
                yield return FirstLine(file) ?? "";
            }
        }
    }

    private static IEnumerable<string> OfContexts()
    {
        try
        {
            return [.. ContextFile.Read().Contexts.Values.Select(context => context.Token).OfType<string>()];
        }
        catch (InputException)
        {
            // The file cannot be used; nothing of it stands in what we write.
            return [];
        }
    }

    private static IEnumerable<string> OfAgent(ConfiguredAgent settings) =>
    [
        .. OfUrl(settings.Broker.Url ?? ""),
        FirstLine(settings.Broker.PasswordFile) ?? "",
        FirstLine(StoredEnrolment.PasswordFileIn(settings.Agent.StateFolder)) ?? "",
        .. settings.Agent.Trainer?.Command.Skip(1).SelectMany(Parts).Where(part => part.Length >= ShortestArgument && !File.Exists(part)) ?? [],
    ];

    /// <summary>An argument, and what follows the sign of equality in it: a program may tell of either.</summary>
    private static IEnumerable<string> Parts(string argument) =>
        argument.IndexOf('=', StringComparison.Ordinal) is > 0 and var sign ? [argument, argument[(sign + 1)..]] : [argument];

    /// <summary>The password of a URL, as it is written and as it is meant.</summary>
    private static IEnumerable<string> OfUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.UserInfo.Split(':', 2) is [_, { Length: > 0 } password]
            ? [password, Uri.UnescapeDataString(password)]
            : [];

    private static string? FirstLine(string? file)
    {
        try
        {
            return file is not null && File.Exists(file) ? File.ReadLines(file).FirstOrDefault()?.Trim() : null;
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

using System.CommandLine;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Where the broker is. The environment can say so too, for a command line shows its password to everybody on the machine.</summary>
internal static class BrokerOption
{
    /// <summary>URL of the broker (<c>--broker</c>), with a password if it has to be: a command line shows one to everybody.</summary>
    public const string Variable = "EDGEFLORA_BROKER";

    private const string Standard = "amqp://guest@localhost:5672/";

    /// <summary>Whether the environment says where the broker is.</summary>
    public static bool IsInEnvironment => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 };

    /// <summary>
    /// Warns of a password on the command line, where everybody on the machine can read it. The broker's well-known one is no secret.
    /// </summary>
    public static void WarnOfPassword(ParseResult parsed, Option option)
    {
        if (parsed.IsGiven(option) && HoldsPassword(parsed.GetResult(option)!.Tokens[0].Value))
        {
            parsed.InvocationConfiguration.Error.WriteLine(
                $"warning: {option.Name} holds a password, which everybody on this machine can read; "
                    + $"leave it out and name a file with {BrokerArguments.PasswordFileName}, or set {Variable}");
        }
    }

    /// <summary>Whether a URL holds a password that is a secret.</summary>
    public static bool HoldsPassword(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && parsed.UserInfo.Split(':', 2) is [_, not ("" or "guest")];

    /// <summary>For services, which always speak to a broker.</summary>
    public static Option<string> Needed() => new("--broker")
    {
        Description = $"RabbitMQ, amqp[s]://user:password@host:port/vhost; without it the environment's {Variable}",
        HelpName = "URL",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } url ? url : Standard,
    };

    /// <summary>For the demo, which can do without.</summary>
    public static Option<string?> Optional() => new("--broker")
    {
        Description = "RabbitMQ to run over, amqp[s]://user:password@host:port/vhost, with a process for the coordinator and each agent; "
            + "without it everything runs in this process",
        HelpName = "URL",
    };

    public static Option<double> Timeout() => Ranged.Number("--broker-timeout", "Longest a start waits for the broker", "seconds", 1.0, 600, 10);

    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The URL is none; the message does not repeat it, for it may hold a
    /// password.</exception>
    public static BrokerOptions Options(string? url, double timeoutSeconds)
    {
        var options = new BrokerOptions { Url = url, ConnectTimeout = TimeSpan.FromSeconds(timeoutSeconds) };
        options.Validate();
        return options;
    }
}

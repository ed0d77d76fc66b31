using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Configuration;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Cli.Service;

/// <summary>How devices become agents of a service, as its configuration and the environment say.</summary>
internal static class EnrolmentArguments
{
    /// <summary>RabbitMQ's management API, with which the service makes agents' users (<c>broker.management</c>).</summary>
    private const string ManagementVariable = "EDGEFLORA_BROKER_MANAGEMENT";

    /// <summary>The broker as agents reach it (<c>broker.agents</c>).</summary>
    private const string AgentsVariable = "EDGEFLORA_BROKER_AGENTS";

    /// <param name="file">With its paths as this process finds them.</param>
    /// <param name="broker">What the service itself speaks to.</param>
    /// <param name="trial">Whether it serves with <c>--dev</c>.</param>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public static EnrolmentOptions Read(ServiceConfiguration file, BrokerOptions broker, bool trial)
    {
        ManagementOptions? management = Management(file, broker);
        if (file.RequiresEnrolment == true && trial)
        {
            throw new InputException("enrolment is 'required', but with --dev anybody may join; leave one of them out");
        }

        var routes = new AgentRoutes(broker, TimeProvider.System);
        return new EnrolmentOptions
        {
            Required = file.RequiresEnrolment ?? (management is not null && !trial),
            Users = management is null ? null : new ManagementUsers(management, TimeProvider.System),
            MakeRoutes = routes.MakeAsync,
            HasRoute = routes.HasAsync,
            RemoveRoutes = routes.RemoveAsync,
            Broker = ForAgents(file, broker),
            VirtualHost = broker.VirtualHost ?? "/",
            BrokerCa = broker.Ca is { } authorities ? File.ReadAllText(authorities) : null,
            BrokerServerName = broker.ServerName,
        };
    }

    private static ManagementOptions? Management(ServiceConfiguration file, BrokerOptions broker)
    {
        (string setting, string? given) = Given(ManagementVariable, "broker.management", file.Management);
        if (given is null)
        {
            return file.ManagementUser is null && file.ManagementPasswordFile is null
                ? null
                : throw new InputException(
                    "broker.managementUser or managementPasswordFile is given without broker.management; give RabbitMQ's management API, "
                        + "http[s]://HOST:PORT");
        }

        if (!Uri.TryCreate(given, UriKind.Absolute, out Uri? url))
        {
            throw new InputException($"{setting} is '{given}'; it must be http[s]://HOST:PORT of RabbitMQ's management API");
        }

        var management = new ManagementOptions { Url = url, User = file.ManagementUser, PasswordFile = file.ManagementPasswordFile, Broker = broker };
        return management.Problems().FirstOrDefault() is { } problem
            ? throw new InputException(problem.Replace("broker.management ", $"{setting} ", StringComparison.Ordinal))
            : management;
    }

    private static Uri ForAgents(ServiceConfiguration file, BrokerOptions broker)
    {
        (string setting, string? given) = Given(AgentsVariable, "broker.agents", file.BrokerForAgents);
        var own = new UriBuilder(broker.Url!) { UserName = "", Password = "" };
        if (given is null)
        {
            return own.Uri;
        }

        if (!Uri.TryCreate(given, UriKind.Absolute, out Uri? url)
            || url.Scheme is not ("amqp" or "amqps")
            || url.UserInfo.Length > 0
            || url.Query.Length > 0)
        {
            // It is not repeated, for it may hold a password.
            throw new InputException($"{setting} must be amqp[s]://HOST:PORT, without user and password");
        }

        return url.AbsolutePath.Length > 1 ? url : new UriBuilder(url) { Path = own.Path }.Uri;
    }

    private static (string Setting, string? Value) Given(string variable, string setting, string? value) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named ? (variable, named.Trim()) : (setting, value);
}

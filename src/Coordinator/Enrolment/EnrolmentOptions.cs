using EdgeFlora.Transport.Users;

namespace EdgeFlora.Coordinator.Enrolment;

/// <summary>How devices become agents of this service.</summary>
public sealed record EnrolmentOptions
{
    /// <summary>Whether only enrolled agents are let in. Default false: whoever the broker lets in may say hello.</summary>
    public bool Required { get; init; }

    /// <summary>Makes agents' users at the broker; null: the broker's operator does, with commands that the service gives.</summary>
    public IBrokerUsers? Users { get; init; }

    /// <summary>Leads what an agent sends to the service; called for each agent that enrols, and for all at a start.</summary>
    public Func<IReadOnlyList<string>, CancellationToken, Task> MakeRoutes { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Whether the broker has what leads an agent's messages here; it loses that with its disk only.</summary>
    public Func<string, CancellationToken, Task<bool>> HasRoute { get; init; } = static (_, _) => Task.FromResult(true);

    /// <summary>Removes what a revoked agent leaves at the broker.</summary>
    public Func<string, CancellationToken, Task> RemoveRoutes { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Tells the operator, on the terminal, a line at a time.</summary>
    public Action<string> Tell { get; init; } = static _ => { };

    /// <summary>
    /// The broker as agents reach it, <c>amqp[s]://host:port/vhost</c>, without user and password; null: agents cannot be enrolled, for messages
    /// stay in this process.
    /// </summary>
    public Uri? Broker { get; init; }

    /// <summary>The broker's virtual host.</summary>
    public string VirtualHost { get; init; } = "/";

    /// <summary>Authorities that may have signed the broker's certificate, PEM; null: those that agents' systems trust.</summary>
    public string? BrokerCa { get; init; }

    /// <summary>Name that the broker's certificate must bear; null: the address's host.</summary>
    public string? BrokerServerName { get; init; }
}

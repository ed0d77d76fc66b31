using EdgeFlora.Contracts;

namespace EdgeFlora.Protocol.Fleet;

/// <summary>Whether a message can be from the agent it names, by the user that the broker has seen. Pure.</summary>
internal static class SenderIdentity
{
    /// <param name="user">The broker's user that sent it; null: it did not say, or there is no broker.</param>
    /// <param name="enrolled">Whether the agent is enrolled, and so has a user of its own.</param>
    /// <param name="revoked">Whether it was, and is no longer.</param>
    /// <param name="required">Whether agents must be enrolled.</param>
    public static SenderVerdict Judge(string? user, string agent, bool enrolled, bool revoked, bool required)
    {
        bool own = user == AgentUser.Of(agent);
        if (user is not null && user.StartsWith(AgentUser.Prefix, StringComparison.Ordinal) && !own)
        {
            // A user of one agent speaks for that agent alone.
            return SenderVerdict.Forged;
        }

        if (enrolled)
        {
            return own ? SenderVerdict.Passes : SenderVerdict.Forged;
        }

        return required || (own && revoked) ? SenderVerdict.NotEnrolled : SenderVerdict.Passes;
    }
}

/// <summary>What is made of a message by who sent it.</summary>
internal enum SenderVerdict
{
    Passes,

    /// <summary>Somebody else sent it in the agent's name.</summary>
    Forged,

    /// <summary>The agent belongs to no fleet.</summary>
    NotEnrolled,
}

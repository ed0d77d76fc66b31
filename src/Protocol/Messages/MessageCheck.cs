using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Protocol.Messages;

/// <summary>
/// Whether a message has all that its contract requires. JSON can say <c>null</c> where the contract says "required", and a list can hold nulls.
/// </summary>
internal static class MessageCheck
{
    /// <summary>False: the message is dropped, for no answer could be sent to whoever wrote it.</summary>
    public static bool IsWhole(object message) => message switch
    {
        AgentHello m => Has(m.Header) && IsWhole(m),
        AgentBye m => Has(m.Header) && m.Reason is not null,
        Heartbeat m => Has(m.Header) && m.State is not null,
        Pong m => Has(m.Header),
        CredentialChange m => Has(m.Header) && m is { ReplyQueue: not null, PasswordHash: not null },
        TaskAccepted m => Has(m.Header),
        TaskDeclined m => Has(m.Header) && m.Detail is not null,
        TaskProgress m => Has(m.Header),
        TaskFailed m => Has(m.Header) && m is { Code: not null, Detail: not null },
        ResultReady m => Has(m.Header) && m.Metrics is not null && (m.Claim is null || Has(m.Claim)),
        BlobAnnounced m => Has(m.Header) && Has(m.Claim),
        BlobWanted m => Has(m.Header) && m is { Sha256: not null, Missing: not null },
        _ => false,
    };

    private static bool IsWhole(AgentHello hello) =>
        hello is { ReplyQueue: not null, Build: not null, Platform: not null, Data.Sha256: not null, Engines: not null, Bases: not null }
        && Enum.IsDefined(hello.Role)
        && Enum.IsDefined(hello.Task)
        && hello.Engines.All(engine => engine is { Engine: not null, Device: not null })
        && hello.Bases.All(held => held is { ModelId: not null, Sha256: not null })
        && hello is { Labels: not null, DataSets: not null, Tasks: not null }
        && hello.Labels.Values.All(value => value is not null)
        && hello.DataSets.All(data => data is { Name: not null, Sha256: not null, Labels: not null } && Enum.IsDefined(data.Task)
            && data.Labels.All(label => label is not null))
        && hello.Tasks.All(open => open is not null)
        && (hello.ModelCache is null || (hello.ModelCache.Models is not null
            && hello.ModelCache.Models.All(model => model is { ModelId: not null, Sha256: not null })));

    private static bool Has(MessageHeader? header) => header is { AgentId: not null, Tenant: not null };

    private static bool Has(BlobClaim? claim) => claim is { Sha256: not null, Codec: not null };
}

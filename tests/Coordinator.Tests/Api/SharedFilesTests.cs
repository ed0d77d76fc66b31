using System.Security.Cryptography.X509Certificates;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Api.Tls;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Provenance;
using EdgeFlora.Coordinator.Tests.Api.Fakes;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Api;

/// <summary>Replicas that have folders of their own show one certificate, take the same tokens and sign with one key.</summary>
public sealed class SharedFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MemoryFiles shared = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_certificate_is_that_of_the_first_of_them()
    {
        using X509Certificate2 first = ApiCertificate.Load(new ApiOptions { StateFolder = Made("one") }, TimeProvider.System, shared);
        using X509Certificate2 second = ApiCertificate.Load(new ApiOptions { StateFolder = Made("two") }, TimeProvider.System, shared);
        using X509Certificate2 alone = ApiCertificate.Load(new ApiOptions { StateFolder = Made("three") }, TimeProvider.System);
        shared.IsAway = true;
        using X509Certificate2 meanwhile = ApiCertificate.Load(new ApiOptions { StateFolder = folder["two"] }, TimeProvider.System, shared);

        Assert.Equal(ApiCertificate.Fingerprint(first), ApiCertificate.Fingerprint(second));
        Assert.NotEqual(ApiCertificate.Fingerprint(first), ApiCertificate.Fingerprint(alone));
        Assert.Equal(ApiCertificate.Fingerprint(first), ApiCertificate.Fingerprint(meanwhile));
        Assert.True(second.HasPrivateKey);
    }

    [Fact]
    public void A_token_that_one_made_is_known_to_the_next_and_one_that_could_not_be_kept_was_not_made()
    {
        OperatorTokenRegistry first = OperatorTokenRegistry.Open(folder["one"], TimeProvider.System, shared);
        OperatorTokenRegistry second = OperatorTokenRegistry.Open(folder["two"], TimeProvider.System, shared);
        string secret = first.Create(new NewOperatorToken("olga", OperatorRole.Operate)).Secret;
        Assert.Equal("olga", second.Find(secret)!.Name);
        second.Reload();
        shared.IsAway = true;

        ServiceRefusedException refused = Assert.Throws<ServiceRefusedException>(
            () => second.Create(new NewOperatorToken("vera", OperatorRole.View)));

        Assert.Equal(ProblemCode.Unavailable, refused.Code);
        Assert.Equal("olga", second.Find(secret)!.Name);
        Assert.Equal(["olga"], second.List().Select(token => token.Name));
        Assert.Equal(["olga"], OperatorTokenRegistry.Open(folder["two"], TimeProvider.System).List().Select(token => token.Name));
    }

    [Fact]
    public void The_key_that_signs_is_that_of_the_first_of_them()
    {
        string first = Path.Combine(Made("one"), "provenance-key.pem");
        string second = Path.Combine(Made("two"), "provenance-key.pem");

        SharedKey.Settle(first, shared);
        SharedKey.Settle(second, shared);

        Assert.Equal(ProvenanceKey.Load(first).KeyId, ProvenanceKey.Load(second).KeyId);
    }

    [Fact]
    public async Task Models_are_not_added_where_only_one_machine_would_have_them()
    {
        var store = ModelStore.Open(folder["state"], TimeProvider.System);
        var models = new ModelCatalogue(folder["no-model"], [], takesPaths: false, store, new ModelArchives(store));
        var service = new ModelService(models, store, new FakeRunService(), "replicas have folders of their own");

        ServiceRefusedException added = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => service.AddAsync("m", Stream.Null, length: null, "olga", key: null, TestContext.Current.CancellationToken));
        ServiceRefusedException removed = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => service.RemoveAsync("m", TestContext.Current.CancellationToken));

        Assert.Equal("models are not added or removed here: replicas have folders of their own", added.Message);
        Assert.Equal(added.Message, removed.Message);
    }

    private string Made(string name) => Directory.CreateDirectory(folder[name]).FullName;
}

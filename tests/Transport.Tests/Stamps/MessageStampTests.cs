using EdgeFlora.Contracts;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Transport.Tests.Stamps;

public sealed class MessageStampTests
{
    [Fact]
    public void A_name_based_id_is_the_one_of_the_standard()
    {
        // RFC 9562, appendix A.4: version 5 of www.example.com in the DNS namespace.
        Guid id = NameBasedGuid.Create(new Guid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com");

        Assert.Equal(new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2"), id);
    }

    [Fact]
    public void Equal_content_has_an_equal_id_even_from_another_process()
    {
        MessageHeader first = Stamp().About("ResultReady", "a", taskId: Task, attempt: 1, content: "sha");
        MessageHeader again = Stamp().About("ResultReady", "a", taskId: Task, attempt: 1, content: "sha");

        Assert.Equal(first.MessageId, again.MessageId);
        Assert.NotEqual(first.BootId, again.BootId);
    }

    [Fact]
    public void Anything_else_has_another_id()
    {
        MessageStamp stamp = Stamp();
        MessageHeader[] headers =
        [
            stamp.About("ResultReady", "a", taskId: Task, attempt: 1, content: "sha"),
            stamp.About("TaskFailed", "a", taskId: Task, attempt: 1, content: "sha"),
            stamp.About("ResultReady", "b", taskId: Task, attempt: 1, content: "sha"),
            stamp.About("ResultReady", "a", taskId: Task, attempt: 2, content: "sha"),
            stamp.About("ResultReady", "a", taskId: Task, attempt: 1, leaseEpoch: 1, content: "sha"),
            stamp.About("ResultReady", "a", taskId: Task, attempt: 1, content: "other"),
            stamp.About("ResultReady", "a", runId: Task, attempt: 1, content: "sha"),
        ];

        Assert.Equal(headers.Length, headers.Select(h => h.MessageId).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, headers.Length).Select(i => (long)i), headers.Select(h => h.Seq));
    }

    private static readonly Guid Task = new("11111111-2222-3333-4444-555555555555");

    private static MessageStamp Stamp() => new(Guid.NewGuid(), TimeProvider.System);
}

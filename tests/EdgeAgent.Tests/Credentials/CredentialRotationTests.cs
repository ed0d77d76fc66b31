using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Credentials;

namespace EdgeFlora.EdgeAgent.Tests.Credentials;

public sealed class CredentialRotationTests : IDisposable
{
    private readonly BrokerSketch broker = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => broker.Dispose();

    [Fact]
    public async Task The_new_password_counts_at_both_ends_and_nobody_but_its_owner_reads_it()
    {
        RotationOutcome outcome = await broker.Rotation().RotateAsync(broker.AnswerAsync, Stop);

        Assert.Equal(RotationResult.Done, outcome.Result);
        Assert.True(broker.Counts);
        Assert.NotEqual("first", broker.Password);
        Assert.False(broker.Files.HasNext);
        Assert.Equal(TimeSpan.Zero, broker.Files.Age);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(StoredEnrolment.PasswordFileIn(broker.State)));
        }
    }

    /// <summary>Killed at each point, the device finds a password that counts, and the next attempt ends well.</summary>
    [Theory]
    [InlineData("prepared")]
    [InlineData("asked")]
    [InlineData("changed")]
    [InlineData("answered")]
    [InlineData("verified")]
    public async Task A_crash_at_any_point_leaves_a_password_that_counts(string point)
    {
        CredentialRotation dying = broker.Rotation(reached => Die(reached, point));
        await Assert.ThrowsAsync<IOException>(() => dying.RotateAsync(
            async (hash, stop) =>
            {
                Die("asked", point);
                CredentialAnswer? answer = await broker.AnswerAsync(hash, stop);
                Die("changed", point);
                return answer;
            },
            Stop));

        CredentialRotation again = broker.Rotation();
        await again.RecoverIfRefusedAsync(StoredEnrolment.PasswordFileIn(broker.State), Stop);
        Assert.True(broker.Counts);
        RotationOutcome outcome = await again.RotateAsync(broker.AnswerAsync, Stop);

        Assert.Equal(RotationResult.Done, outcome.Result);
        Assert.True(broker.Counts);
        Assert.NotEqual("first", broker.Password);
    }

    [Fact]
    public async Task An_answer_that_is_lost_and_one_that_never_comes_are_told_apart_by_the_broker()
    {
        RotationOutcome never = await broker.Rotation().RotateAsync((_, _) => Task.FromResult<CredentialAnswer?>(null), Stop);
        Assert.Equal((RotationResult.Undecided, "no service answered"), (never.Result, never.Sentence));
        Assert.Equal("first", broker.Password);

        RotationOutcome lost = await broker.Rotation().RotateAsync(
            async (hash, stop) =>
            {
                await broker.AnswerAsync(hash, stop);
                return null;
            },
            Stop);

        Assert.Equal(RotationResult.Done, lost.Result);
        Assert.True(broker.Counts);
    }

    [Fact]
    public async Task A_refusal_leaves_the_old_password_and_keeps_the_new_one_for_a_change_that_is_still_on_its_way()
    {
        broker.Refusal = "this service has no broker.management";
        RotationOutcome refused = await broker.Rotation().RotateAsync(broker.AnswerAsync, Stop);
        Assert.Equal((RotationResult.Refused, broker.Refusal), (refused.Result, refused.Sentence));
        Assert.True(broker.Counts);
        Assert.Equal("first", broker.Password);

        // The service changes it late all the same.
        broker.Refusal = null;
        await broker.AnswerAsync(broker.Asked[0], Stop);
        Assert.False(broker.Counts);

        Assert.True(await broker.Rotation().RecoverAsync(Stop));
        Assert.True(broker.Counts);
    }

    [Fact]
    public async Task A_password_that_can_not_be_tried_out_is_not_taken_and_not_forgotten()
    {
        broker.IsDown = true;

        RotationOutcome outcome = await broker.Rotation().RotateAsync(broker.AnswerAsync, Stop);

        Assert.Equal(RotationResult.Undecided, outcome.Result);
        Assert.Equal("first", broker.Password);
        broker.IsDown = false;
        Assert.True(await broker.Rotation().RecoverAsync(Stop));
        Assert.True(broker.Counts);
    }

    [Fact]
    public async Task One_process_at_a_time_changes_it_and_enrolling_again_forgets_what_was_begun()
    {
        using (broker.Files.TryTake())
        {
            Assert.Equal(RotationResult.Busy, (await broker.Rotation().RotateAsync(broker.AnswerAsync, Stop)).Result);
            Assert.False(await broker.Rotation().RecoverAsync(Stop));
        }

        broker.Files.Prepare();
        StoredEnrolment.Read(broker.State)!.Write(broker.State, "second", authorities: null);

        Assert.False(broker.Files.HasNext);
        Assert.Empty(broker.Asked);
    }

    private static void Die(string reached, string point)
    {
        if (reached == point)
        {
            throw new IOException($"killed when {point}");
        }
    }
}

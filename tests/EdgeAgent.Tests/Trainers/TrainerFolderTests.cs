using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Trainers;
using EdgeFlora.EdgeAgent.Training;
using static EdgeFlora.EdgeAgent.Tests.Trainers.ScriptedTrainer;

namespace EdgeFlora.EdgeAgent.Tests.Trainers;

/// <summary>What an earlier task, attempt or agent left in the folder.</summary>
public sealed class TrainerFolderTests : IDisposable
{
    private readonly ScriptedTrainer trainer = new();

    public void Dispose() => trainer.Dispose();

    [Fact]
    public void What_is_in_the_folder_of_another_task_is_thrown_away()
    {
        trainer.Run(Honest);
        Directory.CreateDirectory(Path.Combine(trainer.Work, "checkpoint"));

        trainer.Run("[ ! -d \"$2/checkpoint\" ] && [ ! -f \"$2/metrics.json\" ] && " + Honest, offer: Offers.Bare(round: 2));
    }

    [Fact]
    public void An_earlier_answer_is_not_taken_for_a_new_one()
    {
        trainer.Run(Honest);

        Assert.Contains("left no metrics.json", Assert.Throws<TrainerFailedException>(() => trainer.Run("exit 0")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_an_agent_left_behind_when_it_was_killed_is_ended_first()
    {
        trainer.Run(Honest);
        using TrainerProcess left = TrainerProcess.Start(["/bin/sh", "-c", "exec sleep 1000", "sh"], trainer.Work, 1, null);
        File.WriteAllText(Path.Combine(trainer.Work, "trainer.pid"), left.Mark);

        trainer.Run(Honest);

        Assert.True(left.WaitForExit(LimitedWait.Limit));
        Assert.True(left.WasKilled);
    }
}

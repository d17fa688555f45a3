//! What is said of a space that is not there, in the languages of the page.

use crate::language::Language;

pub(super) struct SpaceWords {
    pub(super) unknown: &'static str,
    pub(super) bad_name: &'static str,
}

impl SpaceWords {
    pub(super) fn of(language: Language) -> &'static SpaceWords {
        match language {
            Language::English => &EN,
            Language::Polish => &PL,
            Language::Silesian => &SZL,
        }
    }
}

static EN: SpaceWords = SpaceWords {
    unknown: "There is no space of this name here; ask whoever gave you the link for a new one.",
    bad_name: "A space's name has 1 to 40 letters, digits, hyphens and underscores; please check the link.",
};

static PL: SpaceWords = SpaceWords {
    unknown: "Nie ma tu przestrzeni o tej nazwie; poproś o nowy link tego, kto ci go dał.",
    bad_name: "Nazwa przestrzeni ma od 1 do 40 liter, cyfr, łączników i podkreśleń; sprawdź link.",
};

static SZL: SpaceWords = SpaceWords {
    unknown: "Niy ma sam przestrzyni ô takim mianie; poproś ô nowy link tego, co ci go dŏł.",
    bad_name: "Miano przestrzyni mŏ ôd 1 do 40 liter, cyfer i znakōw - a _; ôbejzdrzij link jeszcze rŏz.",
};
